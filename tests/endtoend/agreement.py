"""Whether what an incident tells and what the vendors' ledgers hold agree: each effect once, none untold."""

from collections import Counter

from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from holdline.domain.ticket_messages import Letter, Standing
from holdline.domain.timeline import Fact
from tests.endtoend.effects import Effects


def disagreements(story: Snapshot, done: Effects) -> list[str]:
    """A sentence for everything that is wrong with a closed incident."""
    return [
        *_ended(story),
        *_paged(story, done),
        *_texted(story, done),
        *_repaired(done),
        *_in_time(story),
    ]


def _ended(story: Snapshot) -> list[str]:
    return [] if story.state is State.RESOLVED else [f"it ended {story.state}, not RESOLVED"]


def _paged(story: Snapshot, done: Effects) -> list[str]:
    told = {
        (line.target.partition(":")[2], line.receipt) for line in story.pages if line.target.startswith("pagerduty")
    }
    untold = set(done.pages) - told
    wrong = [f"{page} was opened {count} times" for page, count in done.pages.items() if count > 1]
    wrong += [f"{page} is told and was never opened" for page in told - set(done.pages)]
    if untold and not _unknown(story):
        wrong.append(f"{untold} were opened and are not told")
    return [*wrong, *(f"page {page} was left open" for page in done.open)]


def _unknown(story: Snapshot) -> bool:
    """Whether the timeline says of a page that it may or may not have been sent."""
    return any(entry.fact is Fact.PAGE_FAILED and "may or may not" in entry.text for entry in story.timeline)


def _texted(story: Snapshot, done: Effects) -> list[str]:
    told = Counter(line.receipt for line in story.pages if line.target.startswith("sms"))
    wrong = [f"a text was sent {count} times" for count in done.texts.values() if count > 1]
    if len(done.texts) != len(told) and not _unknown(story):
        wrong.append(f"{len(done.texts)} texts were sent and {len(told)} are told")
    return wrong


def _repaired(done: Effects) -> list[str]:
    """A route is changed and put back, or never touched."""
    wrong = [] if done.restored else [f"the route was left as {done.order}"]
    return wrong if len(done.orders) in (0, 2) else [*wrong, f"the route was changed {len(done.orders)} times"]


def _in_time(story: Snapshot) -> list[str]:
    """Nobody is paged after somebody has it."""
    taken = [entry.at for entry in story.timeline if entry.fact is Fact.ACKNOWLEDGED]
    late = [line.target for line in story.pages if taken and line.at > taken[0]]
    return [f"{target} was paged after somebody had it" for target in late]


def unkept(letter: Letter, done: Effects) -> list[str]:
    """A sentence for everything that is wrong with a ticket that was let go: there is one, and it is closed.

    What was created beside it is closed and told as its duplicate.
    """
    wrong = [] if letter.standing is Standing.CLOSED else [f"the ticket was let go as {letter.standing}"]
    wrong += [f"a ticket was left in state {state}" for state in done.tickets if state != "6"]
    told = any("duplicates" in row.text for row in letter.timeline)
    if len(done.tickets) != 1 and not (done.tickets and told):
        wrong.append(f"there are {len(done.tickets)} tickets")
    return wrong
