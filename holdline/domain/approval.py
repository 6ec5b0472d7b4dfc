"""May automation do it? By itself, only with approval, or not at all; and what an approval is (S3.11)."""

import hashlib
import hmac
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from holdline.domain.duration import Duration, say
from holdline.domain.frozen import Frozen, Rule
from holdline.domain.text import Line, Name


class Mode(StrEnum):
    """Who decides: automation acts, asks, or only says what it would do."""

    AUTO = "auto"
    APPROVE = "approve"
    SUGGEST = "suggest"


class Needed(StrEnum):
    """When an action that asks must ask: in critical hours waiting costs more than a wrong change."""

    ALWAYS = "always"
    OUTSIDE_CRITICAL_HOURS = "outside_critical_hours"


class ApprovalRule(Rule):
    """When approval is needed, how many people must give it, and how long the question stands."""

    needed: Needed = Needed.ALWAYS
    people: int = Field(default=1, ge=1, le=2)
    expires: Duration = timedelta(minutes=15)


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("write a zone of the IANA list, such as Europe/Vienna") from None
    return value


class CriticalHours(Rule):
    """The hours in which an outage is worst, in the contact centre's own zone; `until` before `since` ends next day."""

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = tuple(Day)
    since: time = time(8)
    until: time = time(20)

    def include(self, now: datetime) -> bool:
        """Whether an instant is in them; the hours after midnight belong to the day before."""
        local = now.astimezone(ZoneInfo(self.zone))
        clock, today, yesterday = local.time(), self._day(local), self._day(local - timedelta(days=1))
        if self.since <= self.until:
            return today in self.days and self.since <= clock < self.until
        return (today in self.days and clock >= self.since) or (yesterday in self.days and clock < self.until)

    @staticmethod
    def _day(local: datetime) -> Day:
        return list(Day)[local.weekday()]


class Voice(StrEnum):
    """What a person says to a proposal."""

    APPROVE = "approve"
    DENY = "deny"


class Standing(StrEnum):
    """What became of a proposal."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


class Proposal(Frozen):
    """What automation asks to be allowed: exactly these steps, in these words, until then.

    `digest` stands for the steps with all their parameters: what is executed is what was approved.
    """

    id: str
    digest: str
    labels: tuple[Line, ...]
    asked_at: datetime
    expires_at: datetime
    people: int
    approved_by: tuple[Name, ...] = ()
    denied_by: Name | None = None
    reason: Line = ""

    def standing(self, now: datetime) -> Standing:
        """What it amounts to now; what was decided in time stays decided."""
        if self.denied_by is not None:
            return Standing.DENIED
        if len(self.approved_by) >= self.people:
            return Standing.APPROVED
        return Standing.EXPIRED if now >= self.expires_at else Standing.PENDING

    def heard(self, voice: Voice, by: str, reason: str) -> "Proposal":
        """Add what a person said; nobody counts twice."""
        if voice is Voice.DENY:
            return self.model_copy(update={"denied_by": by, "reason": reason})
        return self.model_copy(update={"approved_by": tuple(dict.fromkeys((*self.approved_by, by)))})

    @property
    def words(self) -> str:
        """The steps as a person reads them."""
        return "; ".join(self.labels)


def must_ask(mode: Mode, rule: ApprovalRule, hours: CriticalHours | None, now: datetime) -> bool:
    """Whether an action waits for approval at this instant."""
    if mode is not Mode.APPROVE:
        return False
    return rule.needed is Needed.ALWAYS or hours is None or not hours.include(now)


def why_expired(proposal: Proposal) -> str:
    """Say what was missing when the question fell."""
    given = len(proposal.approved_by)
    waited = say(proposal.expires_at - proposal.asked_at)
    return f"nobody approved within {waited}" if not given else f"{given} of {proposal.people} approved within {waited}"


def proof(token: str, voice: Voice, workflow_id: str, proposal: str, digest: str, by: str) -> str:
    """What an operator's token makes of a decision: HMAC-SHA256 in hexadecimal, worth nothing for any other."""
    text = "\n".join(("holdline-approval", voice, workflow_id, proposal, digest, by))
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()
