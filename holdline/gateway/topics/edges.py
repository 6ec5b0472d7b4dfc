"""An edge: online or offline."""

from typing import Annotated, Final, Literal

from pydantic import Field

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.domain.text import Line
from holdline.gateway.topics.topic import Envelope, Finding, Message, Odd, Part, Skipped, Told, Topic
from holdline.settings.events import EDGES


class Edge(Part):
    """The topic's body (EdgeChangeTopicEdge)."""

    id: Annotated[str, Field(min_length=1)]
    name: Line | None = None
    online_status: Literal["ONLINE", "OFFLINE"]


def judge(edge: Edge, told: Told) -> Finding | Skipped | Odd:
    """What an edge's status means."""
    if told.subject not in (None, edge.id):
        return Odd("detail.eventBody.id (not the edge of the topic)")
    entity = Entity(kind=EntityKind.EDGE, id=edge.id, name=edge.name or "")
    if edge.online_status == "OFFLINE":
        return Finding(IncidentKind.EDGE_OFFLINE, entity, Verdict.BREACH, Severity.CRITICAL, "the edge is offline")
    return Finding(IncidentKind.EDGE_OFFLINE, entity, Verdict.HEALTHY, Severity.LOW, "the edge is online")


TOPIC: Final = Topic(EDGES, Envelope[Edge], Message[Edge], judge)
