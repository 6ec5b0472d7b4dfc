"""An interrupt while modules are being loaded ends the process with the usual sentence."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_INTERRUPTED = 130


@contextmanager
def abrupt() -> Iterator[None]:
    """End the process at once when it is interrupted in here; nothing has been begun.

    An exception in the middle of a module that is being loaded would come out as a traceback, or as an error of
    that module. Who ignores interrupts, or answers them already, goes on doing so.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    os.write(2, b"Interrupted.\n")
    os._exit(_INTERRUPTED)
