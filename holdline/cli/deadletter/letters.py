"""Dead letters as a person sees them, wherever they are kept; each place has its own prefix in their ids (S3.14)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """One of them. `source` is who sent it or was to get it, `about` the sender's id, `body` what is kept, redacted."""

    id: str
    source: str
    about: str
    kind: str
    reason: str
    at: datetime
    body: str = ""


class Letters(Protocol):
    """A place where dead letters are kept. Each method may raise Stop."""

    prefix: str
    """What the ids of its letters begin with, such as `event:`."""

    async def all(self) -> list[Letter]:
        """The newest of them, without their bodies."""

    async def one(self, id: str) -> Letter:
        """One, with its body."""

    async def replay(self, id: str, by: str) -> str:
        """Try again; what became of it, in a sentence."""

    async def drop(self, id: str, by: str) -> str:
        """Give it up for good; a sentence."""
