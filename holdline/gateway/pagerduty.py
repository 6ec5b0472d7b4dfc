"""PagerDuty's webhooks v3: their signature, and what a person did to one of our pages.

https://developer.pagerduty.com/docs/webhooks-overview and .../verifying-webhook-signatures. There is no timestamp in
the signature, so the memory for event ids is the defence against replays. Any answer of 4xx loses the delivery, and
three of them disable the subscription.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from holdline.domain.keys import workflow_of_page
from holdline.domain.messages import AnswerKind
from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified, matching, missing, one
from holdline.gateway.own import When
from holdline.gateway.reading import PageAnswer, Reading, answered, content_id, dropped, mismatch, vendor_id

_HEADER: Final = b"x-pagerduty-signature"
_MOST = 16
KINDS: Final = MappingProxyType(
    {
        "incident.acknowledged": AnswerKind.ACKNOWLEDGED,
        "incident.unacknowledged": AnswerKind.UNACKNOWLEDGED,
        "incident.resolved": AnswerKind.RESOLVED,
    }
)
_PERSON = "user_reference"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _Agent(_Part):
    type: str
    summary: str | None = None


class _Incident(_Part):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    incident_key: Annotated[str, Field(max_length=255)] | None = None


class _Event(_Part):
    id: Annotated[str, Field(min_length=1)]
    event_type: str
    occurred_at: When
    agent: _Agent | None = None
    data: _Incident


class _Webhook(_Part):
    event: _Event


def verify(delivery: Delivery, secrets: Sequence[bytes], _now: datetime) -> Verified | Refused:
    """Check `X-PagerDuty-Signature: v1=<hex>[,v1=<hex>…]` over the raw body. Never raises."""
    header = one(delivery.headers, _HEADER)
    if header is None:
        return missing(delivery.headers, _HEADER)
    items = [item.strip().partition(b"=") for item in header.split(b",", _MOST)]
    given = [value for name, _, value in items if name == b"v1"]
    if not given:
        return Refused(Refusal.MALFORMED)
    return matching([hmac.digest(secret, delivery.body, "sha256").hex().encode() for secret in secrets], given)


def read(delivery: Delivery, now: datetime, memory: timedelta) -> Reading:
    """Map a verified webhook; what is no answer of a person to a page is dropped."""
    try:
        parsed = strictjson.read(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(content_id(delivery.body), delivery.body, None, str(error))
    event = parsed.get("event")
    named, kind = (event.get("id"), event.get("event_type")) if isinstance(event, dict) else (None, None)
    event_id = vendor_id(named, delivery.body)
    if isinstance(kind, str) and kind not in KINDS:
        return dropped(event_id, "the event type is not one of ours")
    try:
        return _answer(event_id, _Webhook.model_validate_json(delivery.body).event, now - memory)
    except ValidationError as error:
        return mismatch(event_id, delivery.body, parsed, error)


def _answer(event_id: str, event: _Event, oldest: datetime) -> Reading:
    kind = KINDS[event.event_type]
    if event.occurred_at < oldest:
        return dropped(event_id, "older than the memory for duplicates")
    # Our own requests come back as events too; only a lapse is nobody's deed (S3.9).
    if kind is not AnswerKind.UNACKNOWLEDGED and (event.agent is None or event.agent.type != _PERSON):
        return dropped(event_id, "not done by a person")
    if event.data.incident_key is not None and workflow_of_page(event.data.incident_key) is None:
        return dropped(event_id, "not a page of ours")
    answer = PageAnswer(
        incident=event.data.id,
        key=event.data.incident_key,
        kind=kind,
        by=(event.agent.summary if event.agent else None) or "PagerDuty",
        at=event.occurred_at,
    )
    return answered(event_id, f"page/{event.data.id}", answer)
