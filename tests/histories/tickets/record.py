"""Record the histories of ticket keepers anew: `python -m tests.histories.tickets.record [name …]`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from holdline.domain.keys import Incident
from holdline.domain.messages import ACKNOWLEDGE, RESOLVE
from holdline.domain.ticket import TicketRule
from holdline.domain.ticket_messages import LETTER, REPLAY, Letter, Order, Standing
from holdline.domain.timeline import Fact
from holdline.ports import CredentialsRefused, Invalid, OutcomeUnknown, Rejected, Throttled, VendorError
from tests.histories.record import keep, runs
from tests.support.scene import RUNBOOK, SYSTEM, Scene, scene, when
from workers.virtual import virtual_time

FOLDER = Path(__file__).parent
TICKETED = RUNBOOK.model_copy(update={"ticket": TicketRule(system=SYSTEM)})
Trouble = Callable[[Scene], Awaitable[None]]


async def _well(story: Scene) -> None:
    """Nothing goes wrong."""


async def _doubtful(story: Scene) -> None:
    """The answer is lost, and what it left behind is not found at once."""
    story.outside.tickets.behind = 1
    story.outside.tickets.trouble("open", lambda: OutcomeUnknown("servicenow", "the answer was lost"), "after")


async def _refused(story: Scene) -> None:
    """The network, then the content, then a rule that a human must mend."""
    box, wait = story.outside.tickets, timedelta(minutes=3)
    box.trouble("open", lambda: Throttled("servicenow", "too many", wait))
    box.trouble("open", lambda: Invalid("servicenow", "category is missing"))
    box.trouble("open", lambda: Rejected("servicenow", "the field is not known"))


TROUBLES: dict[str, Trouble] = {"kept": _well, "doubtful": _doubtful, "refused": _refused, "unsure": _doubtful}


def _unsure() -> VendorError:
    return CredentialsRefused("servicenow", "the token expired")


SEARCHES: dict[str, Callable[[], VendorError]] = {"unsure": _unsure}
"""What goes wrong when the second ticket is looked for."""


async def record(names: Sequence[str]) -> None:
    """Tell the stories and keep the history of the keeper in each."""
    async with virtual_time() as time:
        for name in names:
            async with scene(time, TICKETED) as story:
                await TROUBLES[name](story)
                await story.fails()
                await _opened(story)
                if name in SEARCHES:
                    story.outside.tickets.trouble("find", SEARCHES[name])
                await _told(story)
                named = story.handle_of(Incident(story.handle.id, 1).ticket_workflow())
                await time.finish(named)
                await named.result()
                run_id = (await named.describe()).run_id
                keeper = time.client.get_workflow_handle(named.id, first_execution_run_id=run_id)
                keep(name, await runs(keeper, time), FOLDER)


async def _opened(story: Scene) -> None:
    """Opened, however late."""
    keeper = story.handle_of(Incident(story.handle.id, 1).ticket_workflow())
    await story.at("30s")
    while not when(await story.snapshot(), Fact.TICKET):
        letter = await keeper.query(LETTER, result_type=Letter)
        if letter.standing is Standing.DEAD_LETTER and letter.try_at is None:
            await keeper.execute_update(REPLAY, Order(by="alice"))
        elif letter.try_at is not None:
            await story.time.move(keeper, await story.time.elapsed(keeper) + timedelta(minutes=4))
        await asyncio.sleep(0.1)


async def _told(story: Scene) -> None:
    """Taken, closed."""
    keeper = story.handle_of(Incident(story.handle.id, 1).ticket_workflow())
    await story.asks(ACKNOWLEDGE)
    await story.at("3m")
    await story.time.move(keeper, await story.time.elapsed(keeper) + timedelta(minutes=2))
    await story.asks(RESOLVE)
    await story.ends()


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or list(TROUBLES)))
