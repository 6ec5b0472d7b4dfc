"""What Jira Service Management and Opsgenie answer; the latter puts it below `data`."""

from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, Field, model_validator

from holdline.domain.observation import Instant
from holdline.domain.text import clean
from holdline.ports import PageState

OURS: Final = "Holdline"
"""In whose name we act; what this one did no person did."""


class Accepted(BaseModel):
    """The receipt of an order that is yet to be carried out."""

    request_id: str = Field(alias="requestId", min_length=1)


class _Bare(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, value: Any) -> Any:
        return value["data"] if isinstance(value, dict) and isinstance(value.get("data"), dict) else value


class Outcome(_Bare):
    """What became of an order."""

    is_success: bool = Field(alias="isSuccess")
    status: str = ""
    alias: str = ""


class Report(BaseModel):
    """Who acknowledged, and how long after the alert was created, in milliseconds."""

    acknowledged_by: str | None = Field(None, alias="acknowledgedBy")
    ack_time: int | None = Field(None, alias="ackTime", ge=0, le=10**12)


class Alert(_Bare):
    """An alert; `owner` is who took it, where no report names the one who acknowledged."""

    id: str
    alias: str
    status: str
    acknowledged: bool = False
    owner: str | None = None
    created_at: Instant | None = Field(None, alias="createdAt")
    report: Report = Report()

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.status == "closed"

    @property
    def state(self) -> PageState:
        """Who has it; an acknowledgement in our own name is nobody's."""
        who = clean(self.report.acknowledged_by or self.owner or "") or "somebody"
        if not self.acknowledged or self.closed or who == OURS:
            return PageState(resolved=self.closed)
        return PageState(acknowledged_by=who, acknowledged_at=self._acknowledged_at, resolved=False)

    @property
    def _acknowledged_at(self) -> datetime | None:
        after = self.report.ack_time
        if after is None or self.created_at is None:
            return None
        return self.created_at + timedelta(milliseconds=after)


class Count(BaseModel):
    """How many."""

    count: int


class Counted(BaseModel):
    """How many alerts there are."""

    data: Count


class Listed(BaseModel):
    """A page of alerts."""

    values: tuple[Any, ...]
