"""Scripted trouble: the next calls of something fail, before they took effect or after."""

from collections import deque
from collections.abc import Callable

from holdline.ports import VendorError

Trouble = Callable[[], VendorError]


class Troubled:
    """An outside in memory whose calls can be made to fail."""

    def __init__(self) -> None:
        self._trouble: dict[str, deque[tuple[str, Trouble]]] = {}

    def trouble(self, what: str, trouble: Trouble, when: str = "before", times: int = 1) -> None:
        """Let the next `times` calls of `what` fail before or after they took effect."""
        self._trouble.setdefault(what, deque()).extend([(when, trouble)] * times)

    def _before(self, what: str) -> Trouble | None:
        waiting = self._trouble.get(what)
        if not waiting:
            return None
        when, trouble = waiting.popleft()
        if when == "before":
            raise trouble()
        return trouble

    @staticmethod
    def _after(trouble: Trouble | None) -> None:
        if trouble is not None:
            raise trouble()
