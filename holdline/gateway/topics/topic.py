"""A topic: its name, the two envelopes its body comes in, and what a body means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from holdline.domain.detection import Group, Plan, Source
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.gateway.own import When
from holdline.gateway.reading import Source as Sender
from holdline.settings.detection import Detection
from holdline.settings.events import GenesysEvents

TEMPLATE: Final = "{id}"
NOT_WATCHED: Final = "the entity is not watched"


class Part(BaseModel):
    """A part of a vendor's document, in its camelCase; what is not named is ignored, another type is refused."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", allow_inf_nan=False, alias_generator=to_camel, populate_by_name=False
    )


Body = TypeVar("Body", bound=Part)


class Detail(Part, Generic[Body]):
    """What Genesys says, inside the envelope of EventBridge."""

    topic_name: str | None = None
    event_body: Body


class Envelope(Part, Generic[Body]):
    """A delivery by EventBridge."""

    id: Annotated[str, Field(min_length=1)]
    time: When
    detail: Detail[Body]


class Message(Part, Generic[Body]):
    """A message of a notification channel; it has neither an id nor a time of its own."""

    topic_name: str
    event_body: Body


class Finding(NamedTuple):
    """What a body says of one entity; `at` where the body has a time of its own, `by_bounds` as in an observation."""

    kind: IncidentKind
    entity: Entity
    verdict: Verdict
    severity: Severity
    reason: str
    metrics: dict[str, float] = {}  # noqa: RUF012 - never changed
    at: datetime | None = None
    by_bounds: bool = False


class Skipped(NamedTuple):
    """It is understood and says nothing that is watched; the reason is one of a closed set."""

    reason: str


class Odd(NamedTuple):
    """It is not as documented; the path says where."""

    path: str


@dataclass(frozen=True)
class Rules:
    """Which topics are accepted and what they mean; `plans` say what is watched, and the bounds of a queue.

    `client` is the id of our own OAuth client: what it causes opens nothing (S3.9).
    """

    events: GenesysEvents
    plans: Mapping[EntityKind, Plan]
    client: str = ""

    def group(self, entity: Entity) -> Group | None:
        """The group that an entity is judged with; None where it is not watched."""
        return self.plans[entity.kind].group_of(entity)


def rules(events: GenesysEvents | None = None, detection: Detection | None = None, client: str = "") -> Rules:
    """The rules of a configuration; without one the usual ones."""
    watched = detection or Detection()
    sources = {EntityKind.TRUNK: Source.TRUNKS, EntityKind.EDGE: Source.EDGES, EntityKind.QUEUE: Source.QUEUES}
    return Rules(events or GenesysEvents(), {kind: watched.plan(source) for kind, source in sources.items()}, client)


class Told(NamedTuple):
    """What comes beside the body: the event's id, which way it came, whom the topic names, when, what things mean.

    `subject` is None where the topic is only the template; `at` is never ahead of our clock.
    """

    event_id: str
    source: Sender
    subject: str | None
    at: datetime
    rules: Rules


class Topic(Generic[Body]):
    """One topic. `judge` says what a body means."""

    def __init__(
        self,
        name: str,
        envelope: type[Envelope[Body]],
        message: type[Message[Body]],
        judge: Callable[[Body, Told], Finding | Skipped | Odd],
    ) -> None:
        self.name = name
        self.envelope = envelope
        self.message = message
        self.judge = judge

    def subject(self, topic: str) -> str | None:
        """The id in a concrete topic, None in the template."""
        found = self._form.fullmatch(topic)
        subject = found.group(1) if found else None
        return None if subject == TEMPLATE else subject

    def matches(self, topic: str) -> bool:
        """Whether a topic, concrete or the template, is this one."""
        return self._form.fullmatch(topic) is not None

    @cached_property
    def _form(self) -> re.Pattern[str]:
        head, _, tail = self.name.partition(TEMPLATE)
        return re.compile(rf"{re.escape(head)}([^.]+){re.escape(tail)}")
