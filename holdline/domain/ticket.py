"""A ticket of an incident: in which system, what its fields are made from, and why a call for it failed (S4)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic.fields import FieldInfo

from holdline.domain.duration import Duration
from holdline.domain.frozen import Rule


class TicketSystem(StrEnum):
    """Where people keep their tickets; also the name of its section and of its credential."""

    SERVICENOW = "servicenow"
    SALESFORCE = "salesforce"
    JIRA = "jira"
    AZURE_DEVOPS = "azure_devops"


class Stage(StrEnum):
    """Where the incident stands, as far as its ticket is concerned."""

    OPEN = "open"
    TAKEN = "taken"
    RESOLVED = "resolved"


class Failing(StrEnum):
    """Whose turn it is after a failure (S4.3): only a network failure mends itself."""

    INTEGRATION = "integration"
    NETWORK = "network"
    CREDENTIAL = "credential"
    CONFIGURATION = "configuration"


AGAIN: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""The pauses before what could not be delivered is tried again; the last one repeats (S3.14)."""

FACTS: Final = MappingProxyType(
    {
        "summary": "one line: severity, what failed, since when, what automation does",
        "description": "the reason, the values that were measured, and the timeline, on several lines",
        "reason": "why it is an incident",
        "severity": "LOW, MEDIUM, HIGH or CRITICAL",
        "kind": "the kind of incident, such as trunk_failure",
        "state": "DETECTED, STABILIZED, REMEDIATING, MONITORING, HANDED_OVER, RESOLVED",
        "stage": "open, taken or resolved",
        "entity": "the name of what failed, or its id",
        "entity_id": "its id at Genesys",
        "entity_kind": "trunk, edge, queue, …",
        "queue": "the name of the queue where it is one, else empty",
        "site": "the site, where it is known",
        "metrics": "the values that were measured, such as `wait_seconds 412`",
        "incident": "the id of the incident's workflow",
        "epoch": "how often this cause has opened an incident",
        "event_id": "the event that opened it",
        "opened_at": "when it opened, RFC 3339 in UTC",
        "acknowledged_by": "who has it, else empty",
        "note": "what has changed since the ticket was told last",
        "key": "the correlation id of the ticket",
        "link": "the incident in the Temporal UI",
    }
)
"""What a field may be made from, written {name}."""


def _template(text: str) -> str:
    try:
        names = [name for _, name, form, turn in Formatter().parse(text) if name is not None and not form and not turn]
        wild = len(names) != len([1 for _, name, _, _ in Formatter().parse(text) if name is not None])
    except ValueError:
        raise ValueError("write {name} for a fact, and {{ or }} for a brace") from None
    unknown = [name for name in names if name not in FACTS]
    if wild or unknown:
        what = f"{{{unknown[0]}}} is no fact" if unknown else "a fact takes no format"
        raise ValueError(f"{what}; the facts are {', '.join(FACTS)}")
    return text


Template = Annotated[str, AfterValidator(_template)]
"""Text with facts in braces, such as `{summary}`."""


class Choice(Rule):
    """A field whose value is chosen by a fact: `{ by = "severity", CRITICAL = "1", otherwise = "3" }`."""

    by: Literal["severity", "kind", "state", "stage", "site", "entity_kind"]
    values: dict[str, str] = Field(min_length=1)
    otherwise: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "values" in value:
            return value
        own = {name: value[name] for name in ("by", "otherwise") if name in value}
        return own | {"values": {name: each for name, each in value.items() if name not in own}}


FieldValue = Template | Choice
Fields = dict[Annotated[str, Field(min_length=1, max_length=120)], FieldValue]
"""The fields of a ticket by the vendor's own names."""


class TicketForm(Rule):
    """What tickets of one system are made from, by the names that the system has for its fields.

    `fields` are written when a ticket is opened, and of them only `minimal` where a rule of the system refused more.
    `changing` are written anew at each change: whatever else people set in a ticket is theirs. `closing` ends it, and
    `reopening` opens it again where the incident comes back within its re-open window. What the operator writes lies
    over the defaults, one field at a time; `""` leaves a field out.
    """

    fields: Fields = Field(default_factory=dict)
    minimal: Fields = Field(default_factory=dict)
    changing: Fields = Field(default_factory=dict)
    closing: Fields = Field(default_factory=dict)
    reopening: Fields = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _over_the_defaults(cls, tree: Any) -> Any:
        if not isinstance(tree, dict):
            return tree
        laid = {name: _laid(cls.model_fields[name], tree[name]) for name in TicketForm.model_fields if name in tree}
        return tree | laid


def _laid(field: FieldInfo, written: Any) -> Any:
    usual = field.get_default(call_default_factory=True, validated_data={})
    return usual | written if isinstance(written, dict) else written


def rendered(fields: Mapping[str, FieldValue], facts: Mapping[str, str]) -> dict[str, str]:
    """Fill the fields in; what comes out empty is left out, so that no ticket has an empty field by us (S4.6)."""
    known = dict.fromkeys(FACTS, "") | dict(facts)
    values = {name: _value(value, known).strip() for name, value in fields.items()}
    return {name: value for name, value in values.items() if value}


def _value(value: FieldValue, facts: Mapping[str, str]) -> str:
    if isinstance(value, Choice):
        return value.values.get(facts[value.by], value.otherwise)
    return value.format_map(facts)


class TicketRule(Rule):
    """In which system an incident has its ticket, and at what pace it is written; `ticket = "jira"` is enough.

    Within `pace` of one call for it no other is made: what changes meanwhile is told together (S4.5). After an attempt
    whose outcome is unknown duplicates are looked for when `reconcile` has passed. `again` are the pauses after a
    failure of the network, the last of which repeats (S3.14).
    """

    system: TicketSystem
    pace: Duration = timedelta(seconds=60)
    reconcile: Duration = timedelta(seconds=60)
    again: tuple[Duration, ...] = Field(default=AGAIN, min_length=1, max_length=10)

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"system": value} if isinstance(value, str) else value
