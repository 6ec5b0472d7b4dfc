"""Messages without buttons have links; whoever cannot be given one is told all the same."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from temporalio.testing import ActivityEnvironment

from activities.notifying import Notifying
from holdline.domain.incident import Severity
from holdline.links import PATH, Link, Links, read
from holdline.ports import Notice
from tests.domain.times import START
from tests.support.room import Room

SECRET = "a-secret-for-links-of-32-characters"
NOTICE = Notice(
    request_id="request-1",
    effect="incident/trunk_failure/t1:1:page",
    to="alice",
    tag="5d41402a",
    title="CRITICAL trunk failure: Carrier A",
    severity=Severity.CRITICAL,
    workflow_id="incident/trunk_failure/t1",
    epoch=2,
    opening=3,
    lines={"state": "MONITORING"},
    actions=("acknowledge", "escalate", "hold", "approve", "deny"),
    proposal="proposal-1",
    digest="abc",
    at=START,
)


async def sent(notifying: Notifying, room: Room, notice: Notice = NOTICE) -> dict[str, str]:
    """The lines of the message that is posted."""
    await ActivityEnvironment().run(notifying.notify, notice)
    return room.messages[-1].posted.lines


def linked(secrets: Sequence[str] = (SECRET,)) -> Links:
    """What makes links."""
    return Links(lambda: secrets, "https://holdline.example.com")


def meant(url: str) -> Link:
    """What a link is good for."""
    return read(urlsplit(url).path.removeprefix(PATH), [SECRET.encode()])


async def test_letter_has_a_link_for_each_order() -> None:
    """Take it, approve, deny: each for this person, this opening and this plan, for half an hour."""
    room = Room()
    lines = await sent(Notifying(room, linked(), personal=True), room)
    assert ["Acknowledge", "Approve", "Deny", "state"] == list(lines)
    taking, approving = meant(lines["Acknowledge"]), meant(lines["Approve"])
    assert ("alice", 2, 3, "") == (taking.person, taking.epoch, taking.opening, taking.proposal)
    assert ("proposal-1", "abc") == (approving.proposal, approving.digest)


async def test_room_decides_nothing_by_a_link() -> None:
    """What many read takes an incident, and decides about no plan."""
    room = Room()
    assert ["Acknowledge", "state"] == list(await sent(Notifying(room, linked()), room))


async def test_plan_that_does_not_stand_has_no_link() -> None:
    """Without a question there is nothing to decide."""
    room = Room()
    notice = NOTICE.model_copy(update={"proposal": "", "digest": ""})
    assert ["Acknowledge", "state"] == list(await sent(Notifying(room, linked(), personal=True), room, notice))


async def test_message_that_is_over_has_no_link() -> None:
    """Nobody can do anything any more."""
    room = Room()
    notice = NOTICE.model_copy(update={"actions": ()})
    assert ["state"] == list(await sent(Notifying(room, linked(), personal=True), room, notice))


async def test_message_goes_without_links_that_cannot_be_made() -> None:
    """The secret cannot be read: people are told all the same."""

    def unreadable() -> Sequence[str]:
        raise OSError("the secret cannot be read")

    room = Room()
    links = Links(unreadable, "https://holdline.example.com")
    assert ["state"] == list(await sent(Notifying(room, links, personal=True), room))
