"""An absolute change at a vendor: compare, write, read back; what somebody else changed is left as it is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from holdline.domain.change import Change
from holdline.ports import ChangeReceipt, Conflict, OutcomeUnknown, VendorError

Kept = TypeVar("Kept")


@dataclass(frozen=True, kw_only=True)
class Found(Generic[Kept]):
    """A target as it reads now: its state in the words of its action, what proves it, and the document itself."""

    state: tuple[str, ...]
    proof: str
    document: Kept


Read = Callable[[], Awaitable[Found[Kept]]]
"""Reads the target. Raises the errors of a read."""

Write = Callable[[Found[Kept]], Awaitable[None]]
"""Writes what is wanted over what was found. Raises Conflict where the vendor says that somebody was faster."""


class Absolute:
    """Makes absolute changes; `looks` are the pauses before each look at a target just changed."""

    def __init__(self, vendor: str, looks: tuple[timedelta, ...]) -> None:
        self._vendor = vendor
        self._looks = looks

    async def make(self, change: Change, read: Read[Kept], write: Write[Kept]) -> ChangeReceipt:
        """Write where the target reads as expected; after a version conflict read and judge once more."""
        for _ in range(2):
            found = await read()
            if found.state == change.wanted:
                return _receipt(found, adopted=True)
            if found.state != change.expected:
                raise self.foreign(f"{change.label}: it was changed by somebody else")
            try:
                await write(found)
            except Conflict:
                continue
            return await self._verified(change, read)
        raise self.foreign(f"{change.label}: it is being changed by somebody else")

    def foreign(self, what: str) -> Conflict:
        """The error of a target that is somebody else's business now."""
        return Conflict(self._vendor, f"{what}; it was left as it is")

    async def _verified(self, change: Change, read: Read[Kept]) -> ChangeReceipt:
        """Read until the change shows; the first readings after a write may be old."""
        for pause in self._looks:
            await asyncio.sleep(pause.total_seconds())
            found = await self._look(change, read)
            if found.state == change.wanted:
                return _receipt(found)
            if found.state != change.expected:
                raise self.foreign(f"{change.label}: somebody else changed it right after us")
        raise OutcomeUnknown(self._vendor, f"accepted the change ({change.label}), but it still reads as before")

    async def _look(self, change: Change, read: Read[Kept]) -> Found[Kept]:
        try:
            return await read()
        except VendorError as error:
            reason = f"accepted the change ({change.label}), but it could not be read back ({error.reason})"
            raise OutcomeUnknown(self._vendor, reason) from None


def _receipt(found: Found[Kept], *, adopted: bool = False) -> ChangeReceipt:
    return ChangeReceipt(proof=found.proof, state=found.state, adopted=adopted)
