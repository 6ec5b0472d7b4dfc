"""Twilio's word on how a text fared: one that did not arrive is told to the incident that paged by it.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status. Twilio signs the address with its query, in
which the effect of the page stands; a word comes for each step of a message, repeated and out of order. What is put
aside is the form as JSON with that effect: neither the address is kept nor a number.
"""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from holdline.domain.acknowledgement import Via
from holdline.domain.keys import page_of
from holdline.domain.messages import Answer, AnswerKind
from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Addressed, Reading, Source, answered, content_id, dropped, mismatch, vendor_id

_FIELDS: Final = 100
_PAGE: Final = "page"
_FAILED: Final = ("undelivered", "failed")
_STEPS: Final = (
    *("accepted", "scheduled", "queued", "sending", "sent", "delivered"),
    *("canceled", "read", "partially_delivered", "receiving", "received"),
)
NOT_A_FAILURE: Final = "not a failure"
NOT_OURS: Final = "not a page of ours"


def read(delivery: Delivery, now: datetime) -> Reading:
    """Map a verified word; only a failure goes further."""
    try:
        form = _form(delivery)
    except strictjson.Unreadable as error:
        return mismatch(content_id(delivery.body), delivery.body, None, str(error))
    sid, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    event_id = vendor_id(f"{sid}-{status}", delivery.body) if sid and status else content_id(delivery.body)
    if status in _STEPS:
        return dropped(event_id, NOT_A_FAILURE)
    if status not in _FAILED or not sid:
        return mismatch(event_id, delivery.body, dict(form), "MessageStatus or MessageSid")
    if _PAGE not in form:
        return mismatch(event_id, delivery.body, dict(form), _PAGE)
    page = page_of(form[_PAGE])
    if page is None:
        return dropped(event_id, NOT_OURS)
    answer = Answer(
        event_id=f"{Source.TWILIO_STATUS.value.replace(' ', '-')}:{event_id}",
        kind=AnswerKind.UNDELIVERED,
        by=page.target,
        via=Via.SMS,
        at=now,
        epoch=page.epoch,
        text=_why(status, form.get("ErrorCode", "")),
        page=sid,
    )
    return answered(event_id, f"page/{page.workflow_id}", Addressed(workflow_id=page.workflow_id, answer=answer))


def _form(delivery: Delivery) -> dict[str, str]:
    """The form with the page that the signed address names; a letter that was put aside has it as it was kept.

    Raises Unreadable for a letter that is no JSON.
    """
    if not delivery.url:
        return {name: value for name, value in strictjson.read(delivery.body).items() if isinstance(value, str)}
    form = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    return form | {_PAGE: dict(parse_qsl(urlsplit(delivery.url).query)).get(_PAGE, "")}


def _why(status: str, code: str) -> str:
    """Twilio's number of the error, by which its own pages explain it."""
    return f"{status}, Twilio error {code}" if code.isascii() and code.isdigit() and len(code) < 7 else status
