"""Python programs as processes of their own, for what only a whole process shows."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager


@asynccontextmanager
async def program(code: str, *arguments: str, environ: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """Run a program with its output in pipes; whatever still runs at the end is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", code, *arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **(environ or {})},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: Process) -> str:
    """The next line that the program prints."""
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()
