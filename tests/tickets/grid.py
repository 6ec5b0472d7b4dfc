"""The grid: for each system, call, way and moment an incident whose ticket is opened, updated and closed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.worker import Worker

from activities.ticketing import Ticketing
from holdline import keeper
from holdline.domain import keys, queues
from holdline.domain.keys import Incident
from holdline.domain.ticket import Stage, TicketRule
from holdline.domain.ticket_messages import LETTER, REPLAY, Brief, Letter, Order, Standing, TicketInput
from holdline.ports import TicketOrder
from holdline.simulators.faults import Fault, FaultKind, When
from tests.contracts.rig import Clients, Rig
from tests.endtoend.aim import aimed
from tests.tickets.ways import DESKS, WAYS, Desk, Way, lasts
from workers.virtual import VirtualTime
from workflows.ticket import TicketWorkflow

CALLS = {"open": "open", "reconcile": "brief1", "update": "brief2", "close": "brief3"}
"""The orders of a ticket, by the step that their request ids are made of; the second follows where one was lost."""

STAGES = dict(zip(("open", "update", "close"), Stage, strict=True))
"""What the incident says when they go out."""

_LOST = Fault(kind=FaultKind.RESET, when=When.AFTER)

_AT_ONCE = 20
_POLL = 0.2


@dataclass(frozen=True)
class Cell:
    """One incident of the grid."""

    desk: Desk
    call: str
    way: Way
    when: When

    @property
    def incident(self) -> str:
        """Its workflow id, which no other cell has."""
        name = f"{self.desk.system}-{self.call}-{self.way.name}-{self.when}".replace(" ", "-")
        return f"incident/trunk_failure/{name}"

    @property
    def order(self) -> TicketInput:
        """Whose ticket is kept, with pauses that are virtual."""
        rule = TicketRule(system=self.desk.system)
        return TicketInput(incident=self.incident, epoch=1, event_id=self.incident, rule=rule)

    @property
    def faults(self) -> dict[str, list[Fault]]:
        """What goes wrong, by the X-Request-ID of the order."""
        lost = {self._caller("open"): [_LOST]} if self.call == "reconcile" else {}
        return {**lost, self._caller(self.call): self.way.faults(self.when)}

    def _caller(self, call: str) -> str:
        return keys.request_id(self.incident, self.order.key.effect("ticket", CALLS[call]))


def cells(calls: Iterable[str]) -> list[Cell]:
    """Every system in every way, before the vendor commits and after."""
    return [Cell(desk, call, way, when) for desk, call, way, when in product(DESKS, calls, WAYS, When)]


@asynccontextmanager
async def keeping(time: VirtualTime, clients: Clients) -> AsyncIterator[None]:
    """Workers for the keepers and for every system."""
    async with AsyncExitStack() as stack:
        for desk in DESKS:
            tickets = Ticketing(desk.tickets(clients), "https://temporal.example")
            activities = [tickets.open, tickets.update, tickets.close, tickets.reconcile, tickets.state]
            queue = queues.of_tickets(desk.system)
            await stack.enter_async_context(Worker(time.client, task_queue=queue, activities=activities))
        await stack.enter_async_context(Worker(time.client, task_queue=queues.INCIDENTS, workflows=[TicketWorkflow]))
        yield


class Grid:
    """Runs cells and says what became of each."""

    def __init__(self, time: VirtualTime, rig: Rig, clients: Clients | None = None) -> None:
        self._time = time
        self._sandbox = rig.sandbox
        self._clients = clients or rig.hasty
        self._patient = rig.patient
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def run(self, chosen: list[Cell]) -> dict[Cell, str]:
        """Run them side by side."""
        async with keeping(self._time, self._clients):
            found = await asyncio.gather(*(self._one(each) for each in chosen))
        return dict(zip(chosen, found, strict=True))

    def unused(self) -> list[Fault]:
        """The faults that no call has met: where there is one, the grid has proved nothing."""
        left = [fault for desk in DESKS for fault in aimed(desk.simulator(self._sandbox)).unused()]
        return [fault for fault in left if not lasts(fault)]

    def doubled(self) -> list[str]:
        """The comments that stand in a ticket twice."""
        rows = [row for desk in DESKS for row in desk.simulator(self._sandbox).ledger.of("ticket.commented")]
        counted = Counter((row["id"] if "id" in row else row["record"], row["text"]) for row in rows)
        return [text for (_, text), count in counted.items() if count > 1]

    async def _one(self, cell: Cell) -> str:
        async with self._turn:
            for caller, faults in cell.faults.items():
                aimed(cell.desk.simulator(self._sandbox)).aim(caller, *faults)
            for stage in STAGES.values():
                await self._brief(cell, stage)
                await self._told(cell, stage)
            return await self._verdict(cell)

    async def _brief(self, cell: Cell, stage: Stage) -> None:
        facts = {
            "summary": f"CRITICAL trunk failure, {stage}",
            "description": "no OPTIONS answer",
            "severity": "CRITICAL",
            "kind": "trunk_failure",
            "state": "DETECTED",
            "stage": stage.value,
            "key": cell.order.key.ticket_key(),
            "incident": cell.incident,
        }
        number, last = list(Stage).index(stage) + 1, stage is Stage.RESOLVED
        brief = Brief(number=number, stage=stage, facts=facts, note=f"it is {stage}", last=last)
        assert await keeper.brief(self._time.skipping, cell.order, brief, timedelta(seconds=30))

    async def _told(self, cell: Cell, stage: Stage) -> None:
        """Wait until the brief is told; what waits for a human is mended by now and delivered again."""
        handle, last = self._handle(cell), stage is Stage.RESOLVED
        while True:
            letter = await handle.query(LETTER, result_type=Letter)
            if letter.standing is Standing.DEAD_LETTER and letter.try_at is None:
                await handle.execute_update(REPLAY, Order(by="grid"))
            elif letter.told and (letter.standing is Standing.CLOSED or not (last or _doubted(cell, letter))):
                return
            await asyncio.sleep(_POLL)

    def _handle(self, cell: Cell) -> WorkflowHandle[Any, Any]:
        return self._time.skipping.get_workflow_handle(cell.order.key.ticket_workflow())

    async def _verdict(self, cell: Cell) -> str:
        """`once`, `reconciled` where the second one was closed, else what is wrong."""
        letter = Letter.model_validate(await self._handle(cell).result())
        key = Incident(cell.incident, 1).ticket_key()
        order = TicketOrder(request_id="grid", effect="grid", key=key, facts={})
        found = await cell.desk.tickets(self._patient).find(order)
        if any(each.open for each in found):
            return "left open"
        if len(found) == 1:
            return "once"
        told = any("duplicates" in row.text for row in letter.timeline)
        return "reconciled" if found and told else f"{len(found)} tickets"


def _doubted(cell: Cell, letter: Letter) -> bool:
    """Whether it is still to be found out that the ticket is the only one."""
    known = ("is the only one", "closed as duplicates")
    return cell.call == "reconcile" and not any(words in row.text for row in letter.timeline for words in known)


def table(verdicts: dict[Cell, str]) -> str:
    """The grid as text: a row for each way and moment, a column for each system and call."""
    columns = list(dict.fromkeys((cell.desk.system, cell.call) for cell in verdicts))
    found = {(cell.way.name, cell.when, cell.desk.system, cell.call): said for cell, said in verdicts.items()}
    head = " ".join(f"{system}/{call:<8}"[:22].rjust(22) for system, call in columns)
    rows = [
        f"{f'{name}, {when}':<24} " + " ".join(found[name, when, *column].rjust(22) for column in columns)
        for name, when in dict.fromkeys((cell.way.name, cell.when) for cell in verdicts)
    ]
    return "\n".join((" " * 25 + head, *rows))
