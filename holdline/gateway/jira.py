"""Jira Cloud's webhooks: their signature, and what people did to an issue of ours (S4.7).

https://developer.atlassian.com/cloud/jira/platform/webhooks/. The secret of the webhook signs the raw body. There is no
time in the signature, so the digest of the body is the event's id: what is sent again is known. Which incident an issue
belongs to is read in the issue itself: in the configured field, a label or the description. Text of events is there as
well, so a key counts only where the issue has its label, as every issue of ours has; any other is none of ours.
"""

import hmac
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from holdline.domain.acknowledgement import Via
from holdline.domain.keys import label_of, workflow_of_page
from holdline.domain.messages import Answer, AnswerKind
from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified, matching, missing, one
from holdline.gateway.reading import Reading, Source, content_id, dropped, mismatch
from holdline.gateway.tickets import BY_US, NOT_OURS, TOO_OLD, addressed, ours
from holdline.settings.events import TicketEvents

_HEADER: Final = b"x-hub-signature"
_EVENTS: Final = ("jira:issue_updated", "comment_created")
_KEY = re.compile(r"holdline/[a-z_]+/[a-z0-9][a-z0-9._:-]{0,119}/\d{1,9}(?:/[0-9a-f]{8})?(?![\w/])", re.IGNORECASE)
_DONE, _BEGUN = "done", "indeterminate"
_NO_PERSON: Final = "not done by a person"
_NOTHING: Final = "nothing that answers an incident"
_YEARS: Final = (946_684_800_000, 4_102_444_800_000)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _User(_Part):
    accountType: str | None = None
    accountId: str | None = None
    displayName: str | None = None
    emailAddress: str | None = None


class _Item(_Part):
    field: str
    to: str | None = None
    name: Annotated[str | None, Field(alias="toString")] = None


class _Changelog(_Part):
    items: list[_Item] = []


class _Comment(_Part):
    author: _User | None = None
    body: Any = ""


class _Category(_Part):
    key: str


class _Status(_Part):
    statusCategory: _Category


class _Fields(_Part):
    status: _Status | None = None
    creator: _User | None = None


class _Issue(_Part):
    fields: _Fields


class _Webhook(_Part):
    timestamp: Annotated[int, Field(ge=_YEARS[0], le=_YEARS[1])]
    webhookEvent: str
    issue: _Issue
    user: _User | None = None
    changelog: _Changelog = _Changelog()
    comment: _Comment | None = None

    @property
    def who(self) -> _User:
        """Whoever did it: the author of a comment that comes alone, else the user of the change."""
        author = self.comment.author if self.comment is not None and not self.changelog.items else None
        return author or self.user or _User()


def verify(delivery: Delivery, secrets: Sequence[bytes], _now: datetime) -> Verified | Refused:
    """Check `X-Hub-Signature: sha256=<hex>` over the raw body. Never raises."""
    header = one(delivery.headers, _HEADER)
    if header is None:
        return missing(delivery.headers, _HEADER)
    method, separator, given = header.strip().partition(b"=")
    if method != b"sha256" or not separator:
        return Refused(Refusal.MALFORMED)
    return matching([hmac.digest(secret, delivery.body, "sha256").hex().encode() for secret in secrets], [given])


def read(delivery: Delivery, now: datetime, memory: timedelta, rule: TicketEvents) -> Reading:
    """Map a verified webhook; what is no answer to an incident of ours is dropped."""
    event_id = content_id(delivery.body)
    try:
        parsed = strictjson.read(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(event_id, delivery.body, None, str(error))
    if parsed.get("webhookEvent") not in _EVENTS and isinstance(parsed.get("webhookEvent"), str):
        return dropped(event_id, "the event type is not one of ours")
    key = _key(parsed, rule)
    if key is None and _whole(parsed):
        return dropped(event_id, NOT_OURS)
    try:
        told = _Webhook.model_validate_json(delivery.body)
    except ValidationError as error:
        return mismatch(event_id, delivery.body, parsed, error)
    return _read(event_id, told, key or "", now, memory, rule)


def _read(event_id: str, told: _Webhook, key: str, now: datetime, memory: timedelta, rule: TicketEvents) -> Reading:
    at = min(datetime.fromtimestamp(told.timestamp / 1000, UTC), now)
    if at < now - memory:
        return dropped(event_id, TOO_OLD)
    who, rule = told.who, _with_creator(rule, told.issue.fields.creator)
    if ours(rule, who.accountId, who.emailAddress, who.displayName):
        return dropped(event_id, BY_US)
    if who.accountType == "app":
        return dropped(event_id, _NO_PERSON)
    done = _done(told, rule)
    if done is None:
        return dropped(event_id, _NOTHING)
    kind, by = done
    text = " ".join(_strings(told.comment.body)) if told.comment else ""
    answer = Answer(event_id=f"{Source.JIRA}:{event_id}", kind=kind, by=by, via=Via.TICKET, at=at, text=text)
    return addressed(event_id, Source.JIRA, key, answer, text)


def _with_creator(rule: TicketEvents, creator: _User | None) -> TicketEvents:
    """Whoever created an issue of ours are we; addresses are hidden where people want that."""
    if creator is None or not creator.accountId:
        return rule
    return rule.model_copy(update={"own_users": (*rule.own_users, creator.accountId)})


def _done(told: _Webhook, rule: TicketEvents) -> tuple[AnswerKind, str] | None:
    """What was done and by whom; of several things that came together the one that says most."""
    by = told.who.displayName or "Jira"
    changed = {item.field: item for item in told.changelog.items}
    status = told.issue.fields.status
    category = status.statusCategory.key if status is not None and "status" in changed else ""
    assignee = changed.get("assignee")
    if category == _DONE:
        return AnswerKind.RESOLVED, by
    if assignee is not None and assignee.to is not None and not ours(rule, assignee.to, assignee.name):
        return AnswerKind.ACKNOWLEDGED, assignee.name or by
    if category == _BEGUN:
        return AnswerKind.ACKNOWLEDGED, by
    return (AnswerKind.COMMENTED, by) if told.comment is not None else None


def _whole(parsed: dict[str, Any]) -> bool:
    """Whether there is an issue with fields to look into: without them nobody knows whose it is."""
    issue = parsed.get("issue")
    return isinstance(issue, dict) and isinstance(issue.get("fields"), dict)


def _key(parsed: dict[str, Any], rule: TicketEvents) -> str | None:
    """The correlation id that an issue carries with its label, or None."""
    fields = parsed["issue"]["fields"] if _whole(parsed) else {}
    places = (fields.get(rule.jira_field) if rule.jira_field else None, fields.get("labels"), fields.get("description"))
    found = (each.group() for place in places for text in _strings(place) for each in _KEY.finditer(text))
    labels = set(_strings(fields.get("labels")))
    return next((each for each in found if workflow_of_page(each) is not None and label_of(each) in labels), None)


def _strings(value: Any) -> Iterator[str]:
    """Every text in a value: plain, a list of labels, or a document in Atlassian's format."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _strings(each)
        case dict():
            for name in ("text", "value", "content"):
                yield from _strings(value.get(name))
        case _:
            return
