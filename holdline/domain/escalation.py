"""Who is asked, in which order, and what happens next: pure decisions that carry their reason (S1.4, S1.6)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from holdline.domain.acknowledgement import Acknowledgement
from holdline.domain.duration import Duration, say
from holdline.domain.frozen import Frozen, Rule
from holdline.domain.incident import Severity
from holdline.domain.text import Line


class Channel(StrEnum):
    """A way to reach a person."""

    PAGERDUTY = "pagerduty"
    JSM = "jsm"
    SMS = "sms"
    SLACK = "slack"
    TEAMS = "teams"
    EMAIL = "email"

    @property
    def rings(self) -> bool:
        """Whether a page there lives on at the vendor: it is asked about, silenced and closed."""
        return self in (Channel.PAGERDUTY, Channel.JSM)


ROOMS: Final = (Channel.SLACK, Channel.TEAMS, Channel.EMAIL)
"""Where people read, and nothing rings."""


class Target(Rule):
    """One channel and whom it reaches, by the name of a service, a team, a room or a contact. Written `sms:alice`."""

    channel: Channel
    to: Line

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        channel, _, to = value.partition(":")
        if channel not in set(Channel) or not to:
            known = ", ".join(f"{each}:NAME" for each in Channel)
            raise ValueError(f"{value!r} names no channel and person; write one of {known}")
        return {"channel": channel, "to": to}

    def __str__(self) -> str:
        return f"{self.channel}:{self.to}"


class Tier(Rule):
    """The people asked together; the targets are tried in order until one takes the page."""

    name: Line
    page: tuple[Target, ...] = ()


class EscalationPolicy(Rule):
    """The ladder: its tiers, the wait on each, the tier for stale incidents, and how often the last one repeats."""

    tiers: tuple[Tier, ...] = Field(min_length=1, max_length=10)
    stale: Tier | None = None
    wait: Duration = timedelta(seconds=300)
    stale_after: Duration = timedelta(seconds=900)
    repeats: int = Field(default=3, ge=0, le=50)
    lease: Duration | None = timedelta(minutes=30)
    last_resort: tuple[Target, ...] = ()

    @field_validator("wait", "stale_after", "lease")
    @classmethod
    def _long_enough(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < timedelta(seconds=1):
            raise ValueError("must be at least 1s: nobody can answer a page faster")
        return value

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not any(tier.page for tier in (*self.tiers, *((self.stale,) if self.stale else ()))):
            raise ValueError("no tier pages anybody; give at least one tier a `page` such as ['pagerduty:voice']")
        return self

    def tier(self, position: int) -> Tier:
        """The tier at 1-based `position`; STALE is the stale tier, or the last one where there is none."""
        if position == STALE:
            return self.stale or self.tiers[-1]
        return self.tiers[position - 1]

    def patience(self, position: int, reached: bool) -> timedelta:
        """How long a tier has to answer: one nobody of which was reached has no time, unless it is the last."""
        last = len(self.tiers) if self.stale is None else STALE
        return self.wait if reached or position >= last else timedelta(0)


STALE = 99
"""The position of the stale tier, above every numbered one."""


class Ladder(Frozen):
    """Where the escalation stands. `tier` is 0 before the first page; `round` counts how often that tier was asked.

    `pressed` is an operator's word that the next tier is asked now. `missed` was asked, and its vendor says that
    the page did not arrive. `undelivered` where that was the last of its tier: what the vendor takes then is no news.
    """

    opened_at: datetime
    due: datetime
    tier: int = 0
    round: int = 0
    reached: bool = True
    exhausted: bool = False
    pressed: bool = False
    missed: Target | None = None
    undelivered: bool = False

    def climbed(self, tier: int, due: datetime, reached: bool) -> "Ladder":
        """Return the ladder after `tier` was asked, which has until `due` to answer.

        The repeats begin anew when somebody is reached again: what could not be sent has asked nobody.
        """
        anew = tier != self.tier or (reached and not self.reached and not self.undelivered)
        return self.model_copy(
            update={
                "tier": tier,
                "round": 1 if anew else self.round + 1,
                "reached": reached,
                "exhausted": self.exhausted and (not reached or self.undelivered),
                "due": due,
                "missed": None,
                "undelivered": False,
            }
        )

    def passed_on(self, due: datetime, reached: bool) -> "Ladder":
        """Return the ladder after the next channel of its tier was tried, in the same round."""
        return self.model_copy(update={"missed": None, "undelivered": not reached, "reached": reached, "due": due})

    def press(self, now: datetime) -> "Ladder":
        """Return the ladder after an operator asked for the next tier."""
        return self.model_copy(update={"due": now, "exhausted": False, "pressed": True, "missed": None})

    def exhaust(self, due: datetime) -> "Ladder":
        """Return the ladder after the loud end; where nobody was reached it is tried again when `due`."""
        return self.model_copy(update={"exhausted": True, "due": due})


class Act(StrEnum):
    """What the escalation does next."""

    WAIT = "wait"
    ASK = "ask"
    REST = "rest"
    EXHAUST = "exhaust"


class Step(Frozen):
    """One decision: what to do, on which tier, until when, and the sentence that explains it."""

    act: Act
    reason: str
    tier: int = 0
    until: datetime | None = None


def next_step(policy: EscalationPolicy, ladder: Ladder, ack: Acknowledgement | None, now: datetime) -> Step:
    """Decide what the escalation does at `now` (workflow time, UTC)."""
    if ack is not None:
        return _acknowledged(ladder, ack, now)
    if ladder.pressed:
        return _pressed(policy, ladder)
    if ladder.exhausted and ladder.reached:
        return Step(act=Act.REST, reason="every tier was asked and nobody acknowledged")
    if ladder.tier == 0:
        return Step(act=Act.ASK, tier=1, reason="the incident is confirmed")
    stale_at = ladder.opened_at + policy.stale_after
    if ladder.tier != STALE and now >= stale_at:
        return Step(
            act=Act.ASK,
            tier=STALE,
            reason=f"{say(policy.stale_after)} have passed and nobody has it",
        )
    until = ladder.due if ladder.tier == STALE else min(ladder.due, stale_at)
    if now < until:
        return Step(act=Act.WAIT, until=until, reason=f"waiting for {policy.tier(ladder.tier).name}")
    return _higher(policy, ladder)


def _acknowledged(ladder: Ladder, ack: Acknowledgement, now: datetime) -> Step:
    if ack.holds(now):
        return Step(act=Act.REST, until=ack.lapses_at, reason=f"{ack.by} has it")
    lease = say(ack.lease or timedelta(0))
    reason = f"the acknowledgement of {ack.by} lapsed after {lease}"
    return Step(act=Act.ASK, tier=max(ladder.tier, 1), reason=reason)


def _pressed(policy: EscalationPolicy, ladder: Ladder) -> Step:
    last = ladder.tier if policy.stale is None else STALE
    tier = ladder.tier + 1 if ladder.tier < len(policy.tiers) else last
    return Step(act=Act.ASK, tier=tier, reason="an operator asked for it")


def _higher(policy: EscalationPolicy, ladder: Ladder) -> Step:
    waited = f"nobody acknowledged within {say(policy.wait)}" if ladder.reached else "nobody could be reached"
    if ladder.tier < len(policy.tiers):
        return Step(act=Act.ASK, tier=ladder.tier + 1, reason=waited)
    if ladder.tier != STALE and policy.stale is not None:
        return _stale(policy, ladder, waited)
    if ladder.exhausted:
        return Step(act=Act.ASK, tier=ladder.tier, reason="nobody could be reached so far")
    if ladder.round <= policy.repeats:
        return Step(act=Act.ASK, tier=ladder.tier, reason=f"{waited}, repeat {ladder.round} of {policy.repeats}")
    return Step(act=Act.EXHAUST, reason=f"{waited}, and the last tier was repeated {policy.repeats} times")


def _stale(policy: EscalationPolicy, ladder: Ladder, waited: str) -> Step:
    if not ladder.reached:
        return Step(act=Act.ASK, tier=STALE, reason=waited)
    stale_at = ladder.opened_at + policy.stale_after
    return Step(act=Act.WAIT, until=stale_at, reason="waiting until the incident is stale")


def nobody(tier: Tier) -> str:
    """Say that a tier is skipped because it has nobody to page (S1.6)."""
    return f"tier {tier.name} is skipped: it has nobody to page"


class Waking(Frozen):
    """Whether people are asked yet, and if not, when to look again."""

    awake: bool
    reason: str
    until: datetime | None = None


class Progress(Frozen):
    """How far automation has come: `since` when it is failing, where that bounds the time for the repair.

    `needs` is what it wants of a person and nobody else can give it, in words.
    """

    handed_over: bool = False
    since: datetime | None = None
    repaired_at: datetime | None = None
    needs: str = ""


def waking(severity: Severity, progress: Progress, patience: timedelta, now: datetime) -> Waking:
    """Decide when a severity wakes people (S1.4): CRITICAL at once, HIGH after remediation or when that takes too long.

    Lower ones wake nobody, unless automation needs a person (S1.7, S3.11).
    """
    if severity is Severity.CRITICAL:
        return Waking(awake=True, reason="it is CRITICAL")
    if progress.needs:
        return Waking(awake=True, reason=progress.needs)
    if severity is not Severity.HIGH:
        return Waking(awake=False, reason=f"{severity} does not wake anybody")
    if progress.handed_over:
        return Waking(awake=True, reason="automation could not repair it")
    if progress.repaired_at is None:
        return _unrepaired(progress.since, patience, now)
    if now >= progress.repaired_at + patience:
        return Waking(awake=True, reason=f"the remediation brought no recovery within {say(patience)}")
    return Waking(awake=False, reason="the remediation is given time", until=progress.repaired_at + patience)


def _unrepaired(since: datetime | None, patience: timedelta, now: datetime) -> Waking:
    if since is not None and now >= since + patience:
        return Waking(awake=True, reason=f"it could not be remediated within {say(patience)}")
    until = None if since is None else since + patience
    return Waking(awake=False, reason="HIGH is remediated first", until=until)
