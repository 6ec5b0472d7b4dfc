"""The common form of our own events, recognised without the model: a storm consists of it.

Whatever is not exactly so is left to the model, which knows what is wrong with it; both agree on what they accept.
"""

import re
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from holdline.domain.entity import Entity
from holdline.domain.incident import ABOUT, IncidentKind, Severity
from holdline.domain.keys import workflow_id
from holdline.domain.observation import Verdict
from holdline.domain.text import without_numbers

YEARS: Final = range(2000, 2101)
METRIC: Final = r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$"
METRICS: Final = 32
# A metric of this name would be a telephone number as a JSON number.
NUMBERS: Final = re.compile(r"caller|callback|ani|dnis|phone|number|msisdn|from|to", re.IGNORECASE)

_KINDS: Final = MappingProxyType({each.value: each for each in IncidentKind})
_SEVERITIES: Final = MappingProxyType({each.value: each for each in Severity})
_VERDICTS: Final = MappingProxyType({each.value: each for each in Verdict})
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)")
_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_WORDS = re.compile(r"[!-~]+(?: [!-~]+)*")
_METRIC = re.compile(METRIC)
_LONGEST, _LONGEST_METRIC, _LARGEST = 200, 64, 2**53


class Said(NamedTuple):
    """What an event of ours says; `entity` is JSON, `lane` the incident's workflow id."""

    event_id: str | None
    kind: IncidentKind
    entity: str
    lane: str
    verdict: Verdict
    severity: Severity
    at: datetime
    reason: str
    metrics: dict[str, float]


def said(parsed: dict[str, Any]) -> Said | None:
    """What a parsed event says, if it is as plain as most are."""
    fields = parsed.get
    event_id, reason, metrics = fields("event_id"), fields("reason", ""), fields("metrics", {})
    kind, severity = _one(_KINDS, fields("incident_type")), _one(_SEVERITIES, fields("severity"))
    verdict = _one(_VERDICTS, fields("status", Verdict.BREACH.value))
    at, entity = _instant(fields("timestamp")), fields("entity")
    known = _known(kind, entity) if kind and type(entity) is str and len(entity) <= _LONGEST else None
    if known is None or severity is None or verdict is None or at is None:
        return None
    if not (_named(event_id) and _line(reason) and _measured(metrics)):
        return None
    return Said(event_id, kind, known.entity, known.lane, verdict, severity, at, reason, metrics)


class _Known(NamedTuple):
    entity: str
    lane: str


@lru_cache(maxsize=4096)
def _known(kind: IncidentKind, text: str) -> _Known | None:
    """The entity behind a text such as `trunk:<id>`; there are not many of them, and each is seen often."""
    scheme, _, id_ = text.partition(":")
    if scheme != ABOUT[kind]:
        return None
    try:
        entity = Entity(kind=ABOUT[kind], id=id_)
    except ValidationError:
        return None
    return _Known(entity.model_dump_json(), workflow_id(kind, entity.id))


def _one(known: Any, value: object) -> Any:
    return known.get(value) if type(value) is str else None


def _instant(value: object) -> datetime | None:
    if type(value) is not str or not _UTC.fullmatch(value):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.year in YEARS else None


def _named(event_id: object) -> bool:
    return event_id is None or (type(event_id) is str and _ID.fullmatch(event_id) is not None)


def _line(reason: object) -> bool:
    return type(reason) is str and len(reason) <= _LONGEST and _harmless(reason)


@lru_cache(maxsize=1024)
def _harmless(reason: str) -> bool:
    """Whether no cleaning would change it."""
    return not reason or (_WORDS.fullmatch(reason) is not None and without_numbers(reason) == reason)


def _measured(metrics: object) -> bool:
    if type(metrics) is not dict or len(metrics) > METRICS:
        return False
    return all(len(name) <= _LONGEST_METRIC and _metric(name) and _number(metrics[name]) for name in metrics)


@lru_cache(maxsize=1024)
def _metric(name: str) -> bool:
    return _METRIC.fullmatch(name) is not None and NUMBERS.fullmatch(name) is None


def _number(value: object) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < _LARGEST)
