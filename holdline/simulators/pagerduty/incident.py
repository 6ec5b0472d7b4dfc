"""An incident with its one alert, and those who act on it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from holdline.simulators.settings import PagerService


class Status(StrEnum):
    """An incident's status."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Agent:
    """A person or an integration; `kind` is PagerDuty's type without `_reference`."""

    kind: str
    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True)
class Acknowledgement:
    """Who acknowledged, and when."""

    at: datetime
    by: Agent


@dataclass(frozen=True)
class Incident:
    """An incident and its alert; `count` is how many triggers it has taken."""

    id: str
    alert_id: str
    number: int
    service: PagerService
    dedup_key: str
    payload: dict[str, Any]
    created: datetime
    changed: datetime
    changed_by: Agent
    status: Status = Status.TRIGGERED
    acknowledgements: tuple[Acknowledgement, ...] = ()
    unacknowledge_at: datetime | None = None
    level: int = 1
    count: int = 1

    @property
    def open(self) -> bool:
        """Whether a trigger with the same key still lands here."""
        return self.status is not Status.RESOLVED

    @property
    def title(self) -> str:
        """The summary of the first trigger."""
        return str(self.payload["summary"])
