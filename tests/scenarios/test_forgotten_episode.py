"""The server has forgotten an episode whose dead letter waits: the next one of its number has a ticket of its own."""

from holdline import intake, keeper
from holdline.domain.keys import workflow_id
from holdline.domain.messages import SNAPSHOT, Snapshot
from holdline.domain.observation import Verdict
from holdline.domain.ticket import Stage
from holdline.domain.ticket_messages import LETTER, REPLAY, Brief, Letter, Order, Standing, TicketInput
from holdline.domain.timeline import Fact
from holdline.ports import Rejected
from tests.scenarios.ticketed import TICKETED, comes, marked
from tests.support.ending import terminated
from tests.support.scene import Scene, scene, when
from workers.virtual import VirtualTime

EARLIER = "00000000"


async def forgotten(story: Scene, **fields: object) -> str:
    """The keeper of an episode whose history is gone, which waits for somebody; its id."""
    assert story.runbook.ticket is not None
    incident = workflow_id(story.kind, story.trunk.id)
    kept = TicketInput(incident=incident, epoch=1, event_id="long ago", rule=story.runbook.ticket, mark=EARLIER)
    kept = kept.model_copy(update=fields)
    story.outside.tickets.trouble("open", lambda: Rejected("servicenow", "the field is not known"))
    await keeper.brief(story.client, kept, Brief(number=40, stage=Stage.TAKEN, facts={"incident": incident}))

    async def waits() -> bool:
        return Standing.DEAD_LETTER is (await keeper.letter(story.client, kept.workflow_id)).standing

    await comes(waits)
    return kept.workflow_id


async def test_next_episode_of_the_same_number_has_its_own_ticket(virtual: VirtualTime) -> None:
    """It has another keeper, and the word of the one that was forgotten is not about it."""
    async with scene(virtual, TICKETED) as story:
        earlier = await forgotten(story)
        handle = story.client.get_workflow_handle(workflow_id(story.kind, story.trunk.id), result_type=Snapshot)
        await intake.observe(story.client, story.seen(Verdict.BREACH), story.runbook, "event-1")

        async def rows() -> list[str]:
            return when(await handle.query(SNAPSHOT, result_type=Snapshot), Fact.TICKET)

        await comes(rows)
        (record,) = story.outside.tickets.records
        assert "event-1" == record.facts["event_id"]
        await story.handle_of(earlier).execute_update(REPLAY, Order(by="alice"))

        async def two() -> bool:
            return 2 == len(story.outside.tickets.records)

        await comes(two)
        await comes(lambda: _kept(story, earlier))
        (row,) = await rows()
        assert row.endswith(f"ticket INC{record.id} in servicenow opened")
        for each in (earlier, await marked(handle), handle.id):
            await terminated(story.handle_of(each))


async def _kept(story: Scene, id: str) -> bool:
    answer = await story.handle_of(id).query(LETTER, result_type=Letter)
    return Standing.KEPT is Letter.model_validate(answer).standing
