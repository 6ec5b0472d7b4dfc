"""S4.4: after a doubt somebody finds out whether a ticket is the only one, or a person hears that nobody could."""

from datetime import timedelta

import pytest

from holdline import keeper as keepers
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.messages import ACKNOWLEDGE, RESOLVE, Reply
from holdline.domain.ticket import Failing
from holdline.domain.ticket_messages import DROP, REPLAY, Letter, Order, Standing
from holdline.domain.timeline import Fact
from holdline.ports import CredentialsRefused, OutcomeUnknown, Rejected, Unavailable, VendorError
from tests.scenarios.ticketed import comes, keeper, letter, opened, passes, ticketed, until
from tests.support.scene import SYSTEM, Scene, when
from tests.support.trouble import Trouble
from workers.virtual import VirtualTime

_UNSURE = "nobody can say whether ticket INC2 in servicenow is the only one"


async def doubled(story: Scene, *troubles: Trouble) -> None:
    """The answer to the first order is lost and the index is behind: there are two, and the looks fail like this."""
    box = story.outside.tickets
    box.trouble("open", lambda: OutcomeUnknown("servicenow", "the answer was lost"), "after")
    box.behind = 1
    await story.fails()
    await opened(story)
    assert [True, True] == [each.open for each in box.records]
    for trouble in troubles:
        box.trouble("find", trouble)


async def one_left(story: Scene) -> bool:
    """Whether the duplicate was closed."""
    return [False, True] == [each.open for each in story.outside.tickets.records]


async def unsure(story: Scene) -> list[str]:
    """What the incident says of the doubt."""
    return [row for row in when(await story.snapshot(), Fact.UNKNOWN) if _UNSURE in row]


def refused() -> VendorError:
    """The credential is."""
    return CredentialsRefused("servicenow", "the token expired")


def rejected() -> VendorError:
    """The search is."""
    return Rejected("servicenow", "correlation_id may not be searched")


def away() -> VendorError:
    """Nobody answers."""
    return Unavailable("servicenow", "no connection")


async def test_refused_credential_is_tried_again(virtual: VirtualTime) -> None:
    """The incident is told, one about the credential opens, and after its pause the duplicate is closed."""
    async with ticketed(virtual) as story:
        await doubled(story, refused)
        await passes(story, "70s")
        dead = await until(story, Standing.DEAD_LETTER)
        assert (Failing.CREDENTIAL, False) == (dead.failing, dead.try_at is None)
        assert 1 == len(await unsure(story))
        await comes(story.handle_of(workflow_id(IncidentKind.CREDENTIAL_EXPIRED, SYSTEM)).describe)
        await passes(story, "2m20s")
        await comes(lambda: one_left(story))
        await until(story, Standing.KEPT)
        assert "closed as duplicates" in when(await story.snapshot(), Fact.TICKET)[-1]


async def test_network_is_tried_again_and_said_once(virtual: VirtualTime) -> None:
    """After 1 and 5 minutes, three attempts each; the incident has one row about it."""
    async with ticketed(virtual) as story:
        await doubled(story, *[away] * 6)
        await passes(story, "9m")
        await comes(lambda: one_left(story))
        assert 1 == len(await unsure(story))


async def test_what_a_human_must_mend_waits_for_one(virtual: VirtualTime) -> None:
    """It is told and listed, and looked at again when somebody says so; the ticket is told of changes meanwhile."""
    async with ticketed(virtual) as story:
        await doubled(story, rejected)
        await passes(story, "70s")
        dead = await until(story, Standing.DEAD_LETTER)
        assert (Failing.INTEGRATION, None) == (dead.failing, dead.try_at)
        assert "holdline deadletter replay" in (await unsure(story))[0]

        async def listed() -> bool:
            return dead.id in [each.id for each in await keepers.letters(story.client)]

        await comes(listed)
        await story.asks(ACKNOWLEDGE)
        await story.at("3m")
        await passes(story, "3m")
        assert "alice" == story.outside.tickets.records[1].facts["acknowledged_by"]
        assert Standing.DEAD_LETTER is (await letter(story)).standing
        reply = await keeper(story).execute_update(REPLAY, Order(by="alice"), result_type=Reply)
        assert (True, True) == (reply.changed, reply.text.startswith("it is looked for now"))
        await comes(lambda: one_left(story))
        await until(story, Standing.KEPT)


async def test_ticket_that_is_never_found_is_told(virtual: VirtualTime) -> None:
    """After 1, 5 and 30 minutes the index is not behind any more: a person must look."""
    async with ticketed(virtual) as story:
        await doubled(story)
        story.outside.tickets.behind = 5
        await passes(story, "40m")
        dead = await until(story, Standing.DEAD_LETTER)
        assert (Failing.INTEGRATION, None) == (dead.failing, dead.try_at)
        assert "is not found by its key" in dead.reason
        await comes(lambda: unsure(story))
        await keeper(story).execute_update(REPLAY, Order(by="alice"), result_type=Reply)
        await passes(story, "43m")
        await comes(lambda: one_left(story))


async def test_keeper_stays_as_long_as_there_may_be_two(virtual: VirtualTime) -> None:
    """The incident is over and lets go, and its ticket is closed: the letter waits until somebody has it looked at."""
    async with ticketed(virtual) as story:
        await doubled(story, rejected)
        await passes(story, "70s")
        await until(story, Standing.DEAD_LETTER)
        await story.asks(RESOLVE)
        await story.ends()
        await passes(story, "3m")
        assert [True, False] == [each.open for each in story.outside.tickets.records]
        assert Standing.DEAD_LETTER is (await letter(story)).standing
        await keeper(story).execute_update(REPLAY, Order(by="alice"), result_type=Reply)
        kept = Letter.model_validate(await keeper(story).result(rpc_timeout=timedelta(seconds=20)))
        assert Standing.CLOSED is kept.standing
        assert [False, False] == [each.open for each in story.outside.tickets.records]


@pytest.mark.parametrize("trouble", [rejected, refused])
async def test_whoever_looked_by_hand_ends_the_doubt(virtual: VirtualTime, trouble: Trouble) -> None:
    """Dropping it is no end of the ticket: what changes is told as before, and nobody looks for others."""
    async with ticketed(virtual) as story:
        await doubled(story, trouble)
        await passes(story, "70s")
        await until(story, Standing.DEAD_LETTER)
        reply = await keeper(story).execute_update(DROP, Order(by="alice"), result_type=Reply)
        assert (True, True) == (reply.changed, "is kept" in reply.text)
        assert Standing.KEPT is (await letter(story)).standing
        await story.asks(ACKNOWLEDGE)
        await story.at("3m")
        await passes(story, "40m")
        assert "alice" == story.outside.tickets.records[1].facts["acknowledged_by"]
        assert [True, True] == [each.open for each in story.outside.tickets.records]
