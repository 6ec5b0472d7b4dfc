"""What several attempts ask at the same time, or within a few seconds, is asked once (S3.12)."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from math import inf
from typing import Any, Final, TypeVar

Answer = TypeVar("Answer")

_KEPT: Final = 60.0
"""Seconds after which nobody looks at an answer any more."""


@dataclass
class _Question:
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
        self._questions: dict[Hashable, _Question] = {}

    async def answer(
        self, key: Hashable, seconds: float | None, ask: Callable[[], Coroutine[Any, Any, Answer]]
    ) -> Answer:
        """What is being asked by this key, or was answered so many seconds ago at most; asked now otherwise.

        With None it is asked now whatever is known, for all who come after.
        """
        question = self._questions.get(key)
        if question is None or seconds is None or not question.serves(asyncio.get_running_loop().time() - seconds):
            question = self._ask(key, ask)
        question.waiting += 1
        try:
            answer: Answer = await asyncio.shield(question.task)
        finally:
            question.waiting -= 1
            self._leave(key, question)
        return answer

    def forget(self) -> None:
        """Whatever was read is out of date; who waits for an answer still gets it."""
        self._questions.clear()

    def _ask(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, Any]]) -> _Question:
        since = asyncio.get_running_loop().time() - _KEPT
        self._questions = {known: each for known, each in self._questions.items() if each.serves(since)}
        question = self._questions[key] = _Question(asyncio.create_task(ask()))
        question.task.add_done_callback(lambda task: self._answered(question, task))
        return question

    def _answered(self, question: _Question, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and task.exception() is None:
            question.answered = asyncio.get_running_loop().time()

    def _leave(self, key: Hashable, question: _Question) -> None:
        """Where nobody is left to hear the answer, nobody new waits for a request that may hang."""
        if question.waiting or question.task.done():
            return
        question.task.cancel()
        if self._questions.get(key) is question:
            del self._questions[key]
