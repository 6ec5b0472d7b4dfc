"""A ticket that may have been opened before an incident was known to be one of many is closed with it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from activities.briefing import Briefed, Briefing, Instruction
from activities.gatekeeping import open_gate
from holdline.domain import queues
from holdline.domain.ticket import TicketRule
from holdline.domain.ticket_messages import Letter, Standing
from tests.scenarios.ticketed import marked
from tests.support.estate import STORMY, estate, eventually
from tests.support.outside import Outside
from tests.support.scene import REAL_LIMITS, SYSTEM, gate_rests, inside, jobs
from workflows.gate import GateWorkflow
from workflows.incident import IncidentWorkflow
from workflows.ticket import TicketWorkflow

TICKETED = STORMY.model_copy(update={"ticket": TicketRule(system=SYSTEM, pace=timedelta(seconds=1))})


class LostAnswer(Briefing):
    """The first brief of each incident comes before the others can be seen, and the answer to it is lost."""

    @activity.defn(name="brief_ticket")
    async def brief(self, said: Instruction) -> Briefed:
        """Begin to keep the ticket and fail."""
        if said.look is None or activity.info().attempt > 1:
            return await super().brief(said)
        await super().brief(said.model_copy(update={"look": None}))
        raise TimeoutError("the answer was lost")


@asynccontextmanager
async def forgetting(client: Client, outside: Outside) -> AsyncIterator[None]:
    """Workers of which the ones that brief keepers lose their first answers."""
    usual = [each for each in inside(limits=REAL_LIMITS) if each.__name__ != Briefing.brief.__name__]
    async with AsyncExitStack() as stack:
        for queue, each in jobs(outside).items():
            await stack.enter_async_context(Worker(client, task_queue=queue, activities=each))
        incidents = Worker(
            client,
            task_queue=queues.INCIDENTS,
            workflows=[IncidentWorkflow, TicketWorkflow, GateWorkflow],
            activities=[*usual, LostAnswer().brief],
            workflow_failure_exception_types=[Exception],
        )
        await stack.enter_async_context(incidents)
        await open_gate(client, REAL_LIMITS)
        try:
            yield
        finally:
            await gate_rests(client)


async def test_member_closes_what_it_may_have_opened(client: Client) -> None:
    """Its keeper is told the end and let go: nobody goes on working on a ticket of an incident that is over."""
    async with estate(client, TICKETED, forgetting) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.recovers(trunks)
        for trunk in (*trunks, vienna.parent):
            await vienna.ends(trunk)
        for trunk in trunks:
            kept = client.get_workflow_handle(await marked(vienna.handle(trunk)))
            assert Standing.CLOSED is Letter.model_validate(await kept.result()).standing

        async def closed() -> bool:
            return [False] * 6 == [each.open for each in vienna.outside.tickets.records]

        await eventually(closed)
