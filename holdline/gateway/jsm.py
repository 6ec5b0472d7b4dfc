"""Jira Service Management's outgoing webhook: what a person did to one of our alerts.

https://support.atlassian.com/jira-service-management-cloud/docs/alert-action-data-for-jira-edge-connector/. Nothing is
signed: the integration sends a header of ours, an API key or a bearer token as from EventBridge. It names no delivery,
so an action of an alert at an instant is one event.
"""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from holdline.domain.keys import key_of_alias, workflow_of_page
from holdline.domain.messages import AnswerKind
from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import PageAnswer, Reading, answered, content_id, dropped, mismatch, vendor_id

KINDS: Final = MappingProxyType(
    {
        "Acknowledge": AnswerKind.ACKNOWLEDGED,
        "UnAcknowledge": AnswerKind.UNACKNOWLEDGED,
        "Close": AnswerKind.RESOLVED,
    }
)
OURS: Final = "Holdline"
"""The name that the client acts in."""

_BY_MACHINE: Final = "api"
_NANOSECONDS, _MICROSECONDS = 10**17, 10**14
_LATEST: Final = 4 * 10**18


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _Source(_Part):
    type: str = ""


class _Alert(_Part):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,80}$")] = Field(alias="alertId")
    alias: Annotated[str, Field(max_length=512)]
    username: str | None = None
    updated: Annotated[int, Field(gt=0, lt=_LATEST)] = Field(alias="updatedAt")

    @property
    def at(self) -> datetime:
        """When it was done: told in nanoseconds, or in milliseconds."""
        per_milli = 10**6 if self.updated >= _NANOSECONDS else 10**3 if self.updated >= _MICROSECONDS else 1
        return datetime.fromtimestamp(self.updated / per_milli / 1000, UTC)


class _Webhook(_Part):
    action: str
    source: _Source = _Source()
    alert: _Alert


def read(delivery: Delivery, now: datetime, memory: timedelta) -> Reading:
    """Map a verified webhook; what is no answer of a person to an alert of ours is dropped."""
    try:
        parsed = strictjson.read(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(content_id(delivery.body), delivery.body, None, str(error))
    event_id, action = _event_id(parsed, delivery.body), parsed.get("action")
    if isinstance(action, str) and action not in KINDS:
        return dropped(event_id, "the action is not one of ours")
    try:
        return _answer(event_id, _Webhook.model_validate_json(delivery.body), now, now - memory)
    except ValidationError as error:
        return mismatch(event_id, delivery.body, parsed, error)


def _event_id(parsed: dict[str, Any], body: bytes) -> str:
    alert = parsed.get("alert")
    parts = (alert.get("alertId"), parsed.get("action"), alert.get("updatedAt")) if isinstance(alert, dict) else ()
    return vendor_id("-".join(str(part) for part in parts) if all(parts) else None, body)


def _answer(event_id: str, webhook: _Webhook, now: datetime, oldest: datetime) -> Reading:
    kind, alert = KINDS[webhook.action], webhook.alert
    if alert.at < oldest:
        return dropped(event_id, "older than the memory for duplicates")
    # Our own requests come back as events too; only a lapse is nobody's deed (S3.9).
    ours = alert.username == OURS or webhook.source.type.lower() == _BY_MACHINE
    if kind is not AnswerKind.UNACKNOWLEDGED and ours:
        return dropped(event_id, "not done by a person")
    key = key_of_alias(alert.alias)
    if workflow_of_page(key) is None:
        return dropped(event_id, "not an alert of ours")
    at = min(alert.at, now)
    answer = PageAnswer(incident=alert.id, key=key, kind=kind, by=alert.username or "Jira Service Management", at=at)
    return answered(event_id, f"page/{alert.id}", answer)
