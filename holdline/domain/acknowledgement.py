"""Who has taken the incident, how we know, and until when that counts (S1.6)."""

from datetime import datetime, timedelta
from enum import StrEnum

from holdline.domain.frozen import Frozen
from holdline.domain.text import Name


class Via(StrEnum):
    """The way an acknowledgement reached us."""

    CLI = "cli"
    PAGERDUTY = "pagerduty"
    PAGERDUTY_CHECK = "pagerduty check"
    JSM = "jsm"
    JSM_CHECK = "jsm check"
    SMS = "sms"
    SLACK = "slack"
    LINK = "link"
    TICKET = "ticket"
    TICKET_CHECK = "ticket check"


class Acknowledgement(Frozen):
    """A person has the incident; without a lease it counts until the incident is over."""

    by: Name
    via: Via
    at: datetime
    lease: timedelta | None = None

    @property
    def lapses_at(self) -> datetime | None:
        """When it stops to count, or None."""
        return None if self.lease is None else self.at + self.lease

    def holds(self, now: datetime) -> bool:
        """Whether it still counts at `now`."""
        return self.lapses_at is None or now < self.lapses_at
