"""What fails in the storm: fifty trunks with a route each, and ten queues that overflow into one and the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from holdline.domain import keys
from holdline.domain.change import ActionKind
from holdline.domain.entity import EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.simulators.genesys.world import Place, World

_SEVERITIES: Final = (Severity.CRITICAL, Severity.HIGH)
_FLOW: Final = "To overflow"


@dataclass(frozen=True)
class Subject:
    """One failing thing: how bad it is, what its incident changes, and what nobody else may touch meanwhile."""

    name: str
    kind: IncidentKind
    about: EntityKind
    id: str
    severity: Severity
    action: ActionKind
    target: str
    locks: frozenset[str]

    @property
    def workflow_id(self) -> str:
        """Its incident."""
        return keys.workflow_id(self.kind, self.id)

    @property
    def event_id(self) -> str:
        """The event that opens its incident."""
        return f"fails-{self.id}"

    @property
    def entity(self) -> str:
        """What is written: a route or a queue."""
        return self.target.rpartition("/")[2]

    def request_id(self, back: bool) -> str:
        """The X-Request-ID of every request that makes its change, or puts it back."""
        step = f"revert.{self.action}" if back else self.action.value
        return keys.request_id(self.event_id, keys.Incident(self.workflow_id, 1).effect(step, self.target))

    def looks(self, since: datetime) -> Iterator[str]:
        """The X-Request-ID of a look in each second of the two minutes after this instant, and of the first plan."""
        incident = keys.Incident(self.workflow_id, 1)
        moments = (since + timedelta(seconds=second) for second in range(121))
        read = (incident.effect("read", f"{at:%Y%m%dT%H%M%S}") for at in moments)
        for effect in (incident.effect("plan.1", self.action), *read):
            yield keys.request_id(self.event_id, effect)

    def event(self, event_id: str, verdict: Verdict) -> bytes:
        """The body of an event about it, as of now."""
        fields = {
            "event_id": event_id,
            "incident_type": self.kind,
            "entity": {"kind": self.about, "id": self.id, "name": self.name},
            "severity": self.severity,
            "status": verdict,
            "timestamp": datetime.now(UTC).isoformat(),
            "reason": "all of them at once",
        }
        return json.dumps(fields).encode()


def subjects(world: World, trunks: int, chance: Random) -> list[Subject]:
    """So many trunks and every queue but the first, which takes what overflows; CRITICAL and HIGH mixed by chance."""
    overflow, *queues = world.queues
    found = [_trunk(place, chance) for place in world.places[:trunks]]
    return [*found, *(_queue(world, queue, overflow, chance) for queue in queues)]


def runbook(world: World) -> str:
    """The part of the configuration that evacuates every queue into the first one; no queue ends before it is back."""
    flow = next(each.id for each in world.centre.flows.values() if each.name == _FLOW)
    return f"""
[runbooks.queue_overflow]
linger = "2s"

[runbooks.queue_overflow.storm]
at_least = 0

[runbooks.queue_overflow.recovery]
revert_after = "1m"

[runbooks.queue_overflow.remediation]
attempts = 10
pause = "1s"
actions = [{{ do = "evacuate_queue", flow = "{flow}", overflow = "{next(iter(world.queues))}" }}]

[runbooks.queue_overflow.escalation]
wait = "15m"
tiers = [{{ name = "first", page = ["pagerduty:primary"] }}]
"""


def _trunk(place: Place, chance: Random) -> Subject:
    target = f"{place.site_id}/{place.route_id}"
    return Subject(
        name=f"{place.name} trunk",
        kind=IncidentKind.TRUNK_FAILURE,
        about=EntityKind.TRUNK,
        id=place.primary_trunk_id,
        severity=chance.choice(_SEVERITIES),
        action=ActionKind.REORDER_ROUTE,
        target=target,
        locks=frozenset({f"route:{target}"}),
    )


def _queue(world: World, queue: str, overflow: str, chance: Random) -> Subject:
    return Subject(
        name=world.queues[queue].name,
        kind=IncidentKind.QUEUE_OVERFLOW,
        about=EntityKind.QUEUE,
        id=queue,
        severity=chance.choice(_SEVERITIES),
        action=ActionKind.EVACUATE_QUEUE,
        target=queue,
        locks=frozenset({f"queue:{queue}", f"queue:{overflow}"}),
    )


def shuffled(found: list[Subject], chance: Random) -> Iterator[Subject]:
    """In an order that has nothing to do with how bad each is."""
    yield from chance.sample(found, len(found))
