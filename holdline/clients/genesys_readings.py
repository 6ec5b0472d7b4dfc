"""Reading one edge, one queue, or the capacity for calls, by the rules and bounds that detection has for them.

The permissions are those of the sweeps.
https://developer.genesys.cloud/devapps/api-explorer (Telephony Providers Edge, Routing, Analytics, Telephony).
"""

import asyncio
from datetime import UTC, datetime
from typing import Final, Self

from pydantic import model_validator

from holdline.clients.exchange import Ask
from holdline.clients.genesys_capacity import METRICS, ORGANISATION, CallMetrics, capacity_health
from holdline.clients.genesys_edge_sweep import edge_health
from holdline.clients.genesys_edges import Edge
from holdline.clients.genesys_queue_sweep import Queues
from holdline.clients.genesys_trunks import EDGES, Health
from holdline.clients.genesys_waits import (
    Part,
    Questions,
    Waits,
    queue_health,
    take_activity,
    take_averages,
    take_observations,
)
from holdline.clients.wire import Wire
from holdline.domain.detection import RAISES, Group, Plan, Source
from holdline.domain.entity import Entity
from holdline.domain.incident import Severity
from holdline.domain.keys import tag
from holdline.domain.observation import Observation, Verdict
from holdline.ports import Call, Rejected

_QUEUES: Final = "/api/v2/routing/queues/divisionviews"
_ALONE = Health(Verdict.UNKNOWN, "[detection] leaves it alone, so nobody says what is too much")


class Told(CallMetrics):
    """Call metrics that say something: an answer without any of them is none."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("there is no metric of calls")
        return self


class EdgeReader:
    """The port Reader for edges."""

    def __init__(self, wire: Wire, plan: Plan) -> None:
        self._wire = wire
        self._plan = plan

    async def read(self, edge: Entity, call: Call) -> Observation:
        """Read an edge now; its site is told as well."""
        ask = Ask(method="GET", route=f"{EDGES}/{{edgeId}}", parts={"edgeId": edge.id})
        found = await self._wire.look(call).read(ask, Edge)
        site = found.site.name if found.site is not None else None
        theirs = _as_told(edge, found.name, site)
        return _observation(Source.EDGES, _named(edge, theirs), edge_health(found), self._plan.group_of(theirs), call)


class QueueReader:
    """The port Reader for queues: which queue it is, who waits in it, how long they waited lately."""

    def __init__(self, wire: Wire, plan: Plan) -> None:
        self._wire = wire
        self._plan = plan

    async def read(self, queue: Entity, call: Call) -> Observation:
        """Read a queue now; an id that no queue has is refused."""
        theirs = await self._known(queue, call)
        # Groups go by the name that Genesys has, whatever the incident calls it.
        group = self._plan.group_of(theirs)
        if group is None:
            return _observation(Source.QUEUES, _named(queue, theirs), _ALONE, None, call)
        waits = await self._waits(queue, group, call)
        seen = queue_health(waits, group.bounds, whole=True)
        return _observation(Source.QUEUES, _named(queue, theirs), seen, group, call, waits.metrics())

    async def _known(self, queue: Entity, call: Call) -> Entity:
        ask = Ask(method="GET", route=_QUEUES, query=(("id", queue.id),))
        page = await self._wire.attempt(call).read(ask, Queues)
        found = next((each for each in page.entities if each.id.lower() == queue.id), None)
        if found is None:
            raise Rejected(self._wire.endpoint.vendor, f"there is no queue with id {queue.id}, or it may not be seen")
        return _as_told(queue, found.name)

    async def _waits(self, queue: Entity, group: Group, call: Call) -> Waits:
        part, ids = Part({queue.id: Waits()}), [queue.id]
        questions = Questions(self._wire, call, group.bounds, datetime.now(UTC))
        now, lately = await asyncio.gather(questions.now(ids), questions.lately(ids))
        take_activity(part, now)
        take_averages(part, lately)
        if part.unsaid:
            take_observations(part, await questions.each(ids))
        return part.waits[queue.id]


class CapacityReader:
    """The port Reader for the capacity for calls, which the organisation has as a whole."""

    def __init__(self, wire: Wire, plan: Plan) -> None:
        self._wire = wire
        self._plan = plan

    async def read(self, organisation: Entity, call: Call) -> Observation:
        """Read how much of the capacity is in use; anything but the organisation as a whole is refused."""
        if organisation.id != ORGANISATION.id:
            raise Rejected(self._wire.endpoint.vendor, f"it tells no capacity of {organisation.label}")
        group = self._plan.group_of(ORGANISATION)
        if group is None:
            return _observation(Source.CAPACITY, organisation, _ALONE, None, call)
        found = await self._wire.attempt(call).read(Ask(method="GET", route=METRICS), Told)
        seen, used = capacity_health(found, group.bounds.share), found.used
        metrics = {} if used is None else {"used": round(used, 4)}
        return _observation(Source.CAPACITY, organisation, seen, group, call, metrics)


def _as_told(entity: Entity, name: str | None, site: str | None = None) -> Entity:
    return Entity(kind=entity.kind, id=entity.id, name=name or "", site=site or "")


def _named(entity: Entity, theirs: Entity) -> Entity:
    """What the incident calls it stays its name."""
    return entity.model_copy(update={"name": entity.name or theirs.name, "site": entity.site or theirs.site})


def _observation(
    source: Source,
    entity: Entity,
    seen: Health,
    group: Group | None,
    call: Call,
    metrics: dict[str, float] | None = None,
) -> Observation:
    at = datetime.now(UTC)
    breach = group.severity if group is not None else Severity.HIGH
    return Observation(
        event_id=f"read:{tag(call.effect)}:{at:%Y%m%dT%H%M%S.%fZ}",
        source="genesys reading",
        kind=RAISES[source],
        entity=entity,
        verdict=seen.verdict,
        severity=breach if seen.verdict is Verdict.BREACH else Severity.LOW,
        at=at,
        reason=seen.reason,
        metrics=metrics or {},
        by_bounds=True,
    )
