"""What a verified delivery turned out to be: understood, not understood, or none of our business (S4.6)."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from holdline.domain.frozen import Frozen
from holdline.domain.incident import Severity
from holdline.domain.keys import workflow_id
from holdline.domain.messages import Answer, AnswerKind
from holdline.domain.observation import Observation, Verdict
from holdline.domain.text import Line, Person, clean
from holdline.gateway import scrub

SCHEMA_MISMATCH: Final = "schema mismatch"
OTHER_FORM: Final = f"{SCHEMA_MISMATCH}: written into the journal by another release"
_PROBLEMS, _DETAIL = 8, 500
_VENDOR_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Source(StrEnum):
    """Who sends; persisted with each event."""

    OWN = "own"
    GENESYS = "genesys"
    NOTIFICATIONS = "genesys websocket"
    PAGERDUTY = "pagerduty"
    TWILIO = "twilio"
    TWILIO_STATUS = "twilio status"
    SERVICENOW = "servicenow"
    SALESFORCE = "salesforce"
    AZURE_DEVOPS = "azure_devops"
    JIRA = "jira"
    SLACK = "slack"
    JSM = "jsm"
    LINK = "link"


class State(StrEnum):
    """Where an event stands in the journal; persisted."""

    ACCEPTED = "accepted"
    BATCHED = "batched"
    DELIVERED = "delivered"
    QUARANTINED = "quarantined"
    DROPPED = "dropped"


class PageAnswer(Frozen):
    """What a person did to a page; `key` is the page's own, where the vendor told it."""

    incident: str
    key: str | None
    kind: AnswerKind
    by: Person
    at: datetime


class TextAnswer(Frozen):
    """An acknowledgement by text message: the code, and the name of the contact that sent it."""

    code: str
    by: Line
    at: datetime


class Addressed(Frozen):
    """An answer to an incident that the delivery itself names."""

    workflow_id: str
    answer: Answer


class Gist(NamedTuple):
    """What the drain needs of an observation to fold it: kept in columns, so that a storm is not parsed again."""

    verdict: Verdict
    severity: Severity
    at: datetime


class Reading(NamedTuple):
    """A delivery as it may be written to disk. `lane` names what must stay in order; `item` is JSON.

    `item` is the Observation, PageAnswer, TextAnswer or Addressed of an accepted event, and the redacted body of a
    quarantined one. `reason` says why it is not accepted; `gist` belongs to an observation.
    """

    event_id: str
    state: State
    lane: str = ""
    item: str = ""
    reason: str = ""
    gist: Gist | None = None


def seen(observation: Observation) -> Reading:
    """Something was observed; observations of one cause keep their order."""
    lane = workflow_id(observation.kind, observation.entity.id)
    item = observation.model_dump_json(exclude_defaults=True)
    gist = Gist(observation.verdict, observation.severity, observation.at)
    return Reading(observation.event_id, State.ACCEPTED, lane, item, gist=gist)


def answered(event_id: str, lane: str, answer: PageAnswer | TextAnswer | Addressed) -> Reading:
    """A person did something."""
    return Reading(event_id, State.ACCEPTED, lane, answer.model_dump_json())


def dropped(event_id: str, reason: str) -> Reading:
    """It is authentic and not for us; nothing of it is kept."""
    return Reading(event_id, State.DROPPED, reason=reason)


def mismatch(event_id: str, raw: bytes, parsed: dict[str, Any] | None, why: str | ValidationError) -> Reading:
    """It is authentic and not understood: kept for a person, redacted, with the paths that are wrong."""
    detail = why if isinstance(why, str) else _problems(why)
    reason = f"{SCHEMA_MISMATCH}: {detail}"[:_DETAIL]
    return Reading(event_id, State.QUARANTINED, item=scrub.body(raw, parsed), reason=reason)


def content_id(raw: bytes) -> str:
    """The id of a body that brings none."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def vendor_id(value: object, raw: bytes) -> str:
    """The id a vendor gave, else the content's."""
    return scrub.event_id(value) if isinstance(value, str) and _VENDOR_ID.fullmatch(value) else content_id(raw)


def _problems(error: ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    paths = [f"{'.'.join(str(part) for part in each['loc']) or 'body'} ({each['type']})" for each in found]
    more = f" and {len(paths) - _PROBLEMS} more" if len(paths) > _PROBLEMS else ""
    return ", ".join(clean(path, 100) for path in paths[:_PROBLEMS]) + more
