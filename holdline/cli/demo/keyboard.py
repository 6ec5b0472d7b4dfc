"""Single keys from a terminal, without Enter."""

import asyncio
import os
import sys
import termios
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

OnKey = Callable[[str], None]


@asynccontextmanager
async def keys(on_key: OnKey) -> AsyncIterator[None]:
    """Tell `on_key` each key that is pressed; the terminal is as it was afterwards."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()
    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, _read, descriptor, on_key)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _read(descriptor: int, on_key: OnKey) -> None:
    pressed = os.read(descriptor, 64)
    if not pressed:
        asyncio.get_running_loop().remove_reader(descriptor)
    for key in pressed.decode(errors="ignore"):
        on_key(key)
