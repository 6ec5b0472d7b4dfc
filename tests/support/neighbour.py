"""Another incident that changes the same route: it holds the lock until it is told to leave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from activities.gatekeeping import open_gate
from holdline.domain.claim import Claim
from holdline.domain.entity import EntityKind
from holdline.domain.gate_messages import ASK, BOARD, GATE, RELEASE, Answer, Board, InLine, Release
from holdline.domain.incident import Severity
from tests.support.scene import GATE_LIMITS, Scene
from tests.support.temporal import unique


class Neighbour:
    """Holds the lock of a scene's only route."""

    def __init__(self, story: Scene) -> None:
        self._story = story
        self._gate = story.handle_of(GATE)
        self._name = unique("neighbour")

    async def enters(self) -> None:
        """Take the lock."""
        claim = Claim(
            id=self._name,
            holder=self._name,
            severity=Severity.CRITICAL,
            arrived_at=datetime.now(UTC),
            resources=(f"route:site/{self._story.outside.route}",),
        )
        answer: Answer = await self._gate.execute_update(ASK, claim, result_type=Answer)
        assert answer.reached is not None, "somebody else holds the lock"

    async def leaves(self) -> None:
        """Give the lock back; that is harmless when it was given back before."""
        await self._gate.signal(RELEASE, Release(claim=self._name, holder=self._name))

    async def touched(self, kind: EntityKind) -> int:
        """How many entities of this kind the gate counts as touched."""
        board: Board = await self._gate.query(BOARD, result_type=Board)
        return sum(each.touched for each in board.tallies if each.kind is kind)

    async def sees(self, waiting: bool = True) -> InLine | None:
        """Wait until the incident of the scene stands in line, or does so no longer; its place there."""
        async with asyncio.timeout(20):
            while True:
                board: Board = await self._gate.query(BOARD, result_type=Board)
                mine = [each for each in board.waiting if each.holder == self._story.handle.id]
                if bool(mine) == waiting:
                    return mine[0] if mine else None
                await asyncio.sleep(0.02)


@asynccontextmanager
async def neighbour(story: Scene) -> AsyncIterator[Neighbour]:
    """Have another incident change the route while the scene begins."""
    await open_gate(story.client, GATE_LIMITS)
    other = Neighbour(story)
    await other.enters()
    try:
        yield other
    finally:
        await other.leaves()
