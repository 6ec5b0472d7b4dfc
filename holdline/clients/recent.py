"""What several attempts ask at the same time, or within a few seconds, is asked once (S3.12)."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from math import inf
from typing import Any, Final, NamedTuple, TypeVar

Answer = TypeVar("Answer")

_KEPT: Final = 60.0
"""Seconds after which nobody looks at an answer any more."""


class Question(NamedTuple):
    """A path, and whatever else tells one request about it from another."""

    path: str
    rest: Hashable = None

    def touches(self, path: str) -> bool:
        """Whether one of the paths is the other, or leads to it."""
        ours, theirs = self.path.split("/"), path.split("/")
        common = min(len(ours), len(theirs))
        return ours[:common] == theirs[:common]


@dataclass
class _Asked:
    """A request under way or answered: how many wait for it, and when its answer came by the loop's clock."""

    task: asyncio.Task[Any]
    waiting: int = 0
    answered: float = -inf

    def serves(self, since: float) -> bool:
        """Whether its answer is awaited, or came after this instant."""
        return not self.task.done() or self.answered >= since


class Recent:
    """The answers of one wire. A failure is told to everybody who waits for it, and to nobody after them."""

    def __init__(self) -> None:
        self._asked: dict[Question, _Asked] = {}

    async def answer(
        self, question: Question, seconds: float | None, ask: Callable[[], Coroutine[Any, Any, Answer]]
    ) -> Answer:
        """What is being asked already, or was answered so many seconds ago at most; asked now otherwise.

        With None it is asked now whatever is known, for all who come after.
        """
        asked = self._asked.get(question)
        if asked is None or seconds is None or not asked.serves(asyncio.get_running_loop().time() - seconds):
            asked = self._ask(question, ask)
        asked.waiting += 1
        try:
            answer: Answer = await asyncio.shield(asked.task)
        finally:
            asked.waiting -= 1
            self._leave(question, asked)
        return answer

    def forget(self, path: str) -> None:
        """What was read along this path is out of date; who waits for an answer still gets it."""
        self._asked = {question: asked for question, asked in self._asked.items() if not question.touches(path)}

    def _ask(self, question: Question, ask: Callable[[], Coroutine[Any, Any, Any]]) -> _Asked:
        since = asyncio.get_running_loop().time() - _KEPT
        self._asked = {known: asked for known, asked in self._asked.items() if asked.serves(since)}
        asked = self._asked[question] = _Asked(asyncio.create_task(ask()))
        asked.task.add_done_callback(lambda task: self._answered(asked, task))
        return asked

    def _answered(self, asked: _Asked, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and task.exception() is None:
            asked.answered = asyncio.get_running_loop().time()

    def _leave(self, question: Question, asked: _Asked) -> None:
        """Where nobody is left to hear the answer, nobody new waits for a request that may hang."""
        if asked.waiting or asked.task.done():
            return
        asked.task.cancel()
        if self._asked.get(question) is asked:
            del self._asked[question]
