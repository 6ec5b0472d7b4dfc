"""An outside whose answers can be kept waiting, so that a story can happen while a call is in flight."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.observation import Observation
from holdline.domain.runbook import ActionRule, Runbook
from holdline.domain.stability import StabilityRule
from holdline.ports import Call, ChangeReceipt, Page, PageClosing, PageQuestion, PageState, Receipt, TextMessage
from tests.support.outside import Outside
from tests.support.scene import RUNBOOK, About, Scene, crew, scene
from workers.virtual import VirtualTime

WITHOUT_LOOK = RUNBOOK.model_copy(update={"stability": StabilityRule(look=False)})
"""The routes are read by the remediation alone."""


class Gate:
    """Keeps a call waiting from the moment it arrives until the gate is opened."""

    def __init__(self) -> None:
        self._arrived = asyncio.Event()
        self._open = asyncio.Event()

    async def arrived(self) -> None:
        """Wait until a call stands at the gate."""
        await asyncio.wait_for(self._arrived.wait(), timeout=20)

    def open(self) -> None:
        """Let the call through, and all that follow."""
        self._open.set()

    async def passed(self) -> None:
        """Be the call."""
        self._arrived.set()
        await self._open.wait()


class Gated(Outside):
    """The outside in memory with gates, named as its troubles are."""

    def __init__(self) -> None:
        super().__init__()
        self._gates: dict[str, Gate] = {}

    def gate(self, what: str, is_open: bool = False) -> Gate:
        """Put a gate before every further call of `what`; one that is open only tells that a call has arrived."""
        gate = self._gates.setdefault(what, Gate())
        if is_open:
            gate.open()
        return gate

    def relieve(self) -> None:
        """End every trouble."""
        self._trouble.clear()

    async def _pass(self, what: str) -> None:
        if what in self._gates:
            await self._gates[what].passed()

    async def read(self, trunk: Entity, call: Call) -> Observation:
        """Observe the trunk as it is when the gate opens."""
        await self._pass("read")
        return await super().read(trunk, call)

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Plan when the gate opens."""
        await self._pass("routes")
        return await super().plan(rule, entity, call)

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Change the route when the gate opens."""
        await self._pass("change")
        return await super().change(change, call)

    async def page(self, page: Page) -> Receipt:
        """Page when the gate opens."""
        await self._pass(f"page {page.service}")
        return await super().page(page)

    async def send(self, message: TextMessage) -> Receipt:
        """Send a text when the gate opens."""
        await self._pass(f"text {message.contact}")
        return await super().send(message)

    async def state(self, question: PageQuestion) -> PageState:
        """Answer when the gate opens."""
        await self._pass("ask")
        return await super().state(question)

    async def silence(self, closing: PageClosing) -> Receipt:
        """Stop a page from ringing when the gate opens."""
        await self._pass("silence")
        return await super().silence(closing)

    async def close(self, closing: PageClosing) -> Receipt:
        """Close when the gate opens."""
        await self._pass("close")
        return await super().close(closing)


def services(outside: Outside) -> list[str]:
    """The services that were paged, in order; when, the wait at a gate in real time has blurred."""
    return [row[1] for row in outside.ledger if row[0] == "page"]


@asynccontextmanager
async def gated(
    time: VirtualTime, runbook: Runbook = RUNBOOK, about: About | None = None
) -> AsyncIterator[tuple[Scene, Gated]]:
    """Open a scene before an outside with gates."""
    outside = Gated()
    async with scene(time, runbook, staffed=False, about=about) as story:
        story.outside = outside
        async with crew(time.client, outside):
            yield story, outside
