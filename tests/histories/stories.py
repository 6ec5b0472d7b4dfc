"""The notable ways through an incident: each is told once and its history kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from holdline.domain import messages
from holdline.domain.acknowledgement import Via
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.escalation import EscalationPolicy, Target
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.runbook import Runbook
from holdline.domain.stability import StabilityRule
from holdline.domain.storm import StormRule
from holdline.domain.ticket import TicketRule
from holdline.ports import OutcomeUnknown, Rejected, Unavailable, VendorError
from tests.support.scene import RUNBOOK, SYSTEM, About, Scene, tier
from tests.workflows.gates import Gated

Life = Callable[[Scene, Gated], Awaitable[None]]

WINDOW = RUNBOOK.model_copy(update={"stability": StabilityRule(failures=3, window=timedelta(seconds=60))})
CHANNELS = Runbook(
    escalation=EscalationPolicy(tiers=(tier("first", "pagerduty:one", "sms:alice"), tier("second", "sms:bob")))
)


EDGE = (IncidentKind.EDGE_OFFLINE, Entity(kind=EntityKind.EDGE, id="edge-1", name="Edge 1", site="Vienna"))


STORMY = RUNBOOK.model_copy(update={"storm": StormRule(gather=timedelta(0))})


TOLD = RUNBOOK.model_copy(
    update={"ticket": TicketRule(system=SYSTEM), "announce": (Target.model_validate("slack:voice"),)}
)

LAPSING = TOLD.model_copy(update={"escalation": TOLD.escalation.model_copy(update={"lease": timedelta(minutes=7)})})


@dataclass(frozen=True)
class Story:
    """A life, the runbook it is lived by, and what it is `about` where that is no trunk.

    A `long` one is told on a server that makes it go on as new.
    """

    life: Life
    runbook: Runbook = RUNBOOK
    long: bool = False
    about: About | None = None


async def whole_life(story: Scene, outside: Gated) -> None:
    """One escalation, an acknowledgement, recovery, and everything put back."""
    await story.fails()
    await story.at("5m30s")
    await story.asks(messages.ACKNOWLEDGE)
    await story.at("6m30s")
    await story.recovers()


async def told_elsewhere(story: Scene, outside: Gated) -> None:
    """A ticket and a room: opened, kept true, closed."""
    await story.fails()
    await story.at("2m30s")
    await story.asks(messages.ACKNOWLEDGE)
    await story.at("4m30s")
    await story.recovers()


async def told_again(story: Scene, outside: Gated) -> None:
    """A room that is out of reach at first; a ticket that names somebody at a lapse, and then another."""
    outside.room.away = True
    await story.fails()
    await story.at("30s")
    outside.room.away = False
    await story.at("2m30s")
    outside.tickets.records[0].by = "maria"
    await story.asks(messages.ACKNOWLEDGE)
    await story.at("10m")
    outside.tickets.records[0].by = "paul"
    await story.at("16m")
    await story.recovers()


async def nobody_acknowledges(story: Scene, outside: Gated) -> None:
    """Every tier, the repeats, the loud end."""
    await story.fails()
    await story.at("31m")
    await story.recovers()


async def blip(story: Scene, outside: Gated) -> None:
    """A failure that clears inside the stability window."""
    await story.fails()
    await story.at("20s")
    outside.verdict = Verdict.HEALTHY
    await story.observes(Verdict.HEALTHY)


async def hand_over(story: Scene, outside: Gated) -> None:
    """Three attempts fail, one of them with an unknown outcome."""
    outside.trouble("change", _lost)
    outside.trouble("change", _down, times=9)
    await story.fails(Severity.HIGH)
    await story.at("3m")
    await story.asks(messages.ACKNOWLEDGE)
    outside.relieve()
    await story.recovers()


async def fall_over(story: Scene, outside: Gated) -> None:
    """A refused page, a lost text, a tier that cannot be reached."""
    outside.trouble("page one", lambda: Rejected("pagerduty", "the key is not valid"))
    outside.trouble("text alice", _lost, "after")
    await story.fails()
    await story.at("4m")
    await story.recovers()


async def nobody_can_be_reached(story: Scene, outside: Gated) -> None:
    """Every channel is down, then comes back."""
    for what in ("page one", "text alice", "text bob"):
        outside.trouble(what, _down, times=99)
    await story.fails()
    await story.at("22m")
    outside.relieve()
    await story.at("28m")
    await story.recovers()


async def reopening(story: Scene, outside: Gated) -> None:
    """A relapse inside the re-open window, and a late event that is none."""
    await story.fails()
    await story.at("1m")
    await story.recovers()
    await story.at("5m")
    await story.observes(Verdict.BREACH, ago=timedelta(hours=1))
    await story.at("10m")
    outside.verdict = Verdict.BREACH
    await story.observes(Verdict.BREACH)
    await story.at("12m")
    await story.recovers()


async def relapse_while_closing(story: Scene, outside: Gated) -> None:
    """The revert is being retried when the trunk fails again."""
    await story.fails()
    await story.at("1m")
    outside.trouble("change", _down, times=2)
    await story.recovers()
    await story.at("1m2s")
    outside.verdict = Verdict.BREACH
    await story.observes(Verdict.BREACH)
    await story.at("3m")
    await story.recovers()


async def hold(story: Scene, outside: Gated) -> None:
    """An operator holds the change, which stays when the trunk recovers."""
    await story.fails()
    await story.at("1m")
    await story.asks(messages.HOLD)
    await story.at("2m")
    await story.recovers()


async def operators(story: Scene, outside: Gated) -> None:
    """Acknowledged, taken back, escalated, acknowledged again, lapsed, resolved by a person."""
    await story.fails()
    await story.at("1m")
    await _answers(story, messages.AnswerKind.ACKNOWLEDGED)
    await story.at("2m")
    await _answers(story, messages.AnswerKind.UNACKNOWLEDGED)
    await story.at("3m")
    await story.asks(messages.ESCALATE, by="bob")
    await story.at("4m")
    await story.asks(messages.ACKNOWLEDGE)
    await story.at("36m")
    outside.taken["stale"] = "carol"
    await story.at("40m30s")
    await story.asks(messages.RESOLVE)


async def calm_revert(story: Scene, outside: Gated) -> None:
    """The change is put back after a calm while, the trunk fails again, people are asked."""
    await story.fails(Severity.LOW)
    await story.at("10s")
    outside.verdict = Verdict.UNKNOWN
    await story.at("16m")
    await story.observes(Verdict.BREACH)
    await story.at("17m")
    await story.observes(Verdict.BREACH, severity=Severity.CRITICAL)
    await story.at("18m")
    await story.recovers()


async def failing_revert(story: Scene, outside: Gated) -> None:
    """The revert is refused: somebody is alarmed, and it is done later."""
    await story.fails()
    await story.at("1m")
    outside.trouble("change", lambda: Rejected("genesys", "missing permission"), times=2)
    await story.recovers()


async def flapping(story: Scene, outside: Gated) -> None:
    """The trunk comes and goes before it stays."""
    await story.fails()
    await story.at("1m")
    for _ in range(3):
        await story.observes(Verdict.HEALTHY)
        await story.observes(Verdict.BREACH)
    await story.recovers()


async def storm(story: Scene, outside: Gated) -> None:
    """So many observations that the incident goes on as new."""
    await story.fails()
    await story.at("1m")
    await story.asks(messages.ACKNOWLEDGE)
    for _ in range(45):
        await story.observes(Verdict.BREACH)
    await asyncio.sleep(3)
    await story.recovers()


async def one_of_many(story: Scene, outside: Gated) -> None:
    """A late one of a storm: the parent pages for it, is looked after, and is told when it is over."""
    await story.gathers("trunk-1", "trunk-2")
    parent = story.handle
    await story.fails()
    await story.at("16m30s")
    await story.recovers()
    await story.reaches(State.RESOLVED)
    await parent.terminate("the story is about the member")


async def parent(story: Scene, outside: Gated) -> None:
    """The parent of many pages for them, passes the hold on, and is resolved by a person while one is open."""
    await story.gathers("trunk-1", "trunk-2", "trunk-3")
    await story.at("1m")
    await story.asks(messages.HOLD)
    await story.at("5m30s")
    await story.asks(messages.ACKNOWLEDGE)
    await story.handle.signal(messages.MEMBER, story.joins("trunk-1", over=True))
    await story.at("6m30s")
    await story.asks(messages.RESOLVE)
    await story.at("8m")
    await story.handle.signal(messages.MEMBER, story.joins("trunk-4"))
    await story.at("9m")
    await story.handle.signal(messages.MEMBER, story.joins("trunk-4", over=True))


async def edge(story: Scene, outside: Gated) -> None:
    """An edge is looked at before the first page, and two readings end it: nobody says that it is back."""
    await story.fails()
    await story.at("1m")
    outside.verdict = Verdict.HEALTHY
    await story.at("8m")


async def only_told(story: Scene, outside: Gated) -> None:
    """An edge's incident that an older release opened: it is never read, and ends by what it is told."""
    await story.fails(reads=False)
    await story.at("5m30s")
    await story.asks(messages.ACKNOWLEDGE)
    await story.at("40m")
    await story.recovers()


STORIES = {
    "whole_life": Story(whole_life),
    "nobody_acknowledges": Story(nobody_acknowledges),
    "blip": Story(blip, WINDOW),
    "hand_over": Story(hand_over),
    "fall_over": Story(fall_over, CHANNELS),
    "nobody_can_be_reached": Story(nobody_can_be_reached, CHANNELS),
    "reopening": Story(reopening),
    "relapse_while_closing": Story(relapse_while_closing),
    "hold": Story(hold),
    "operators": Story(operators),
    "calm_revert": Story(calm_revert),
    "failing_revert": Story(failing_revert),
    "flapping": Story(flapping),
    "storm": Story(storm, long=True),
    "one_of_many": Story(one_of_many, STORMY),
    "parent": Story(parent, STORMY),
    "edge": Story(edge, about=EDGE),
    "only_told": Story(only_told, about=EDGE),
    "told_elsewhere": Story(told_elsewhere, TOLD),
    "told_again": Story(told_again, LAPSING),
}


def _down() -> VendorError:
    return Unavailable("vendor", "no connection")


def _lost() -> VendorError:
    return OutcomeUnknown("vendor", "the answer was lost")


async def _answers(story: Scene, kind: messages.AnswerKind) -> None:
    said = messages.Answer(event_id=f"a-{kind}", kind=kind, by="dora", via=Via.PAGERDUTY, at=datetime.now(UTC), epoch=1)
    await story.handle.signal(messages.ANSWER, said)
