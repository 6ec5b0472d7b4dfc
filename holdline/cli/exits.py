"""The exit codes of every command, in one table that the docs print."""

from enum import IntEnum
from types import MappingProxyType
from typing import Final


class Exit(IntEnum):
    """How a command ended. The numbers are a promise to scripts; 6 is kept for approvals."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    CONFIG = 3
    NOT_FOUND = 4
    REFUSED = 5
    UNREACHABLE = 7
    TIMED_OUT = 8
    CONFLICT = 9
    PROBLEMS = 10
    EXPECTATION = 11
    INTERRUPTED = 130


MEANINGS: Final = MappingProxyType(
    {
        Exit.DONE: "done, or it was so already",
        Exit.UNEXPECTED: "something unexpected went wrong; HOLDLINE_TRACEBACK=1 shows where",
        Exit.USAGE: "the command line is wrong",
        Exit.CONFIG: "the configuration is wrong",
        Exit.NOT_FOUND: "there is no such incident, trunk or file, or the gate does not run",
        Exit.REFUSED: "refused: a signature, a permission or a policy does not allow it",
        Exit.UNREACHABLE: "Temporal, the gateway or the sandbox cannot be reached",
        Exit.TIMED_OUT: "nobody answered in time, such as when no worker runs",
        Exit.CONFLICT: "the state has moved on: the incident is over or closed, or somebody else runs there",
        Exit.PROBLEMS: "a check found something to look at",
        Exit.EXPECTATION: "a demonstration or simulation did not end as it should",
        Exit.INTERRUPTED: "interrupted from the keyboard",
    }
)


class Stop(Exception):
    """Ends a command with one sentence for the operator and an exit code."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
