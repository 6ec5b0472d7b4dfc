"""Slack's buttons: the signature, and what an operator pressed under one of our messages.

https://docs.slack.dev/authentication/verifying-requests-from-slack and .../interactivity/handling-user-interaction.
Who presses is told apart by the Slack id in the configuration; whoever is not in it presses for nothing. Slack waits
three seconds for an answer, so a press is kept and carried out afterwards, and the presser is told by `response_url`.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from holdline.domain.acknowledgement import Via
from holdline.domain.button import Button, Pressing, button_of
from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified, matching, missing, one
from holdline.gateway.presses import Press
from holdline.gateway.reading import Reading, State, content_id, dropped, mismatch

WINDOW: Final = timedelta(minutes=5)
_SIGNATURE: Final = b"x-slack-signature"
_TIMESTAMP: Final = b"x-slack-request-timestamp"
_FIELDS = 20
_BURST: Final = timedelta(seconds=30)
_MOST: Final = 2000
STRANGER: Final = "not pressed by an operator"
NOT_OURS: Final = "not a button of ours"

# With these anybody could write into the conversation.
_KEYS: Final = ("response_url", "response_urls", "trigger_id", "token")
_NOT_KEPT: Final = b"[not kept: it may hold an address to answer at]"

Expect = Callable[[str, str], None]
"""Is told the id of a press and where its presser can be answered."""


class Bursts:
    """Presses of one person on one button, of which those within half a minute are one: a finger that is impatient.

    Later ones are orders of their own, also where the message looks as it did: what was acknowledged may have lapsed.
    """

    def __init__(self) -> None:
        self._begun: dict[tuple[str, ...], float] = {}

    def moment(self, about: tuple[str, ...], at: float) -> str:
        """When the burst began that a press belongs to."""
        begun = self._begun.get(about)
        if begun is None or abs(at - begun) > _BURST.total_seconds():
            begun = at
            self._begun.pop(about, None)
            while len(self._begun) >= _MOST:
                del self._begun[next(iter(self._begun))]
            self._begun[about] = begun
        return f"{begun:.6f}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _Action(_Part):
    action_id: Annotated[str, Field(max_length=255)]
    action_ts: Annotated[str, StringConstraints(pattern=r"^\d{1,12}\.\d{1,9}$")]
    value: Annotated[str, Field(max_length=2000)] = ""


class _User(_Part):
    id: Annotated[str, Field(min_length=1, max_length=40)]


class _Pressed(_Part):
    user: _User
    actions: Annotated[list[_Action], Field(min_length=1, max_length=25)]
    response_url: Annotated[str, Field(max_length=2000)] = ""


def verify(delivery: Delivery, secrets: Sequence[bytes], now: datetime) -> Verified | Refused:
    """Check `X-Slack-Signature: v0=<hex>` over the timestamp and the raw body, five minutes each way. Never raises."""
    header, moment = one(delivery.headers, _SIGNATURE), one(delivery.headers, _TIMESTAMP)
    if header is None or moment is None:
        return missing(delivery.headers, _SIGNATURE if header is None else _TIMESTAMP)
    if not moment.isdigit() or len(moment) > 11:
        return Refused(Refusal.MALFORMED)
    signed = b"v0:" + moment + b":" + delivery.body
    expected = [b"v0=" + hmac.digest(secret, signed, "sha256").hex().encode() for secret in secrets]
    outcome = matching(expected, [header.strip()])
    age = now.timestamp() - int(moment)
    if isinstance(outcome, Verified) and abs(age) > WINDOW.total_seconds():
        return Refused(Refusal.STALE if age > 0 else Refusal.FUTURE)
    return outcome


def read(delivery: Delivery, _now: datetime, users: Mapping[str, str], expect: Expect, bursts: Bursts) -> Reading:
    """Map a verified interaction; `users` names the operator behind a Slack id."""
    try:
        parsed = strictjson.read(_payload(delivery.body))
    except strictjson.Unreadable as error:
        return mismatch(content_id(delivery.body), _NOT_KEPT, None, str(error))
    if parsed.get("type") != "block_actions" and isinstance(parsed.get("type"), str):
        return dropped(content_id(delivery.body), NOT_OURS)
    try:
        pressed = _Pressed.model_validate(parsed)
    except ValidationError as error:
        return mismatch(content_id(delivery.body), delivery.body, _keepable(parsed), error)
    return _read(delivery, parsed, pressed, users, expect, bursts)


def _keepable(parsed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parsed.items() if name not in _KEYS}


def _read(
    delivery: Delivery,
    parsed: dict[str, Any],
    pressed: _Pressed,
    users: Mapping[str, str],
    expect: Expect,
    bursts: Bursts,
) -> Reading:
    found = next(((verb, each) for each in pressed.actions if (verb := button_of(each.action_id))), None)
    if found is None:
        return dropped(content_id(delivery.body), NOT_OURS)
    verb, action = found
    event_id = _id(pressed, action)
    expect(event_id, pressed.response_url)
    operator = users.get(pressed.user.id)
    if operator is None:
        return dropped(event_id, STRANGER)
    try:
        about = Pressing.model_validate_json(action.value)
    except ValidationError as error:
        return mismatch(event_id, delivery.body, _keepable(parsed), error)
    moment = bursts.moment((operator, verb.value, action.value), float(action.action_ts))
    item = _press(verb, operator, about, moment).model_dump_json()
    return Reading(event_id, State.ACCEPTED, f"press/{about.workflow_id}", item)


def _press(verb: Button, operator: str, about: Pressing, moment: str) -> Press:
    decided = verb.decides and bool(about.proposal)
    return Press(
        verb=verb,
        by=operator,
        via=Via.SLACK,
        workflow_id=about.workflow_id,
        epoch=about.epoch,
        opening=about.opening,
        episode=about.episode,
        mark=f"{about.tag} {moment}",
        proposal=about.proposal if decided else "",
        digest=about.tag if decided else "",
    )


def _id(pressed: _Pressed, action: _Action) -> str:
    """One press has one id, however often Slack tells of it."""
    about = "\n".join((pressed.user.id, action.action_id, action.action_ts, action.value))
    return f"press:{hashlib.sha256(about.encode()).hexdigest()[:32]}"


def _payload(body: bytes) -> bytes:
    """The JSON in the form. Raises Unreadable."""
    try:
        form = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise strictjson.Unreadable("it is not a form") from None
    found = [value for name, value in form if name == "payload"]
    if len(found) != 1:
        raise strictjson.Unreadable("the form has not one field `payload`")
    return found[0].encode()
