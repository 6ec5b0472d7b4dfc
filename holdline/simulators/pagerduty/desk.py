"""The incidents of the account: what opens, joins, acknowledges, lapses and resolves them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from holdline.simulators.clock import now
from holdline.simulators.ledger import Ledger
from holdline.simulators.pagerduty.incident import Acknowledgement, Agent, Incident, Status
from holdline.simulators.settings import PagerService

Announce = Callable[[str, Incident, Agent], None]

TIMEOUT = Agent("service", "TIMEOUT", "acknowledgement timeout")


class Desk:
    """Every change is committed to the ledger and announced, in that order.

    `via` says how a change came in: `events`, `rest`, `human` or `timeout`.
    """

    def __init__(self, ledger: Ledger, announce: Announce) -> None:
        self._ledger = ledger
        self._announce = announce
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._latest: dict[tuple[str, str], str] = {}
        self.incidents: dict[str, Incident] = {}

    def find(self, service: PagerService, dedup_key: str) -> Incident | None:
        """The open incident of a key on a service."""
        incident = self.incidents.get(self._latest.get((service.id, dedup_key), ""))
        return incident if incident is not None and incident.open else None

    def open_with(self, dedup_key: str) -> list[Incident]:
        """The open incidents of a key on any service, oldest first."""
        return [found for found in self.incidents.values() if found.open and found.dedup_key == dedup_key]

    def trigger(
        self, service: PagerService, dedup_key: str, payload: dict[str, Any], by: Agent, caller: str | None
    ) -> Incident:
        """Open an incident, or let the trigger join the one that is open."""
        found = self.find(service, dedup_key)
        if found is not None:
            joined = self._keep(replace(found, count=found.count + 1))
            self._commit("page.deduplicated", joined, by, "events", caller)
            return joined
        opened = self._keep(self._opened(service, dedup_key, payload, by))
        self._latest[service.id, dedup_key] = opened.id
        self._commit("page.triggered", opened, by, "events", caller)
        self._announce("incident.triggered", opened, by)
        return opened

    def _opened(self, service: PagerService, key: str, payload: dict[str, Any], by: Agent) -> Incident:
        number, at = len(self.incidents) + 1, now()
        id, alert_id = f"Q{number:013d}", f"QA{number:012d}"
        return Incident(id, alert_id, number, service, key, payload, at, at, by)

    def acknowledge(self, incident: Incident, by: Agent, via: str, caller: str | None = None) -> Incident:
        """Acknowledge a triggered incident; an acknowledged one takes one more acknowledger."""
        at, timeout = now(), incident.service.ack_timeout
        lapses = at + timeout if timeout is not None else None
        others = tuple(ack for ack in incident.acknowledgements if ack.by != by)
        acknowledgements = (*others, Acknowledgement(at, by))
        fresh = replace(incident, acknowledgements=acknowledgements, unacknowledge_at=lapses)
        after = self._move(fresh, Status.ACKNOWLEDGED, by)
        self._commit("page.acknowledged", after, by, via, caller)
        self._announce("incident.acknowledged", after, by)
        self._arm(after, lapses)
        return after

    def unacknowledge(self, incident: Incident, by: Agent, via: str) -> Incident:
        """Let an acknowledgement lapse: the incident is triggered again."""
        fresh = replace(incident, acknowledgements=(), unacknowledge_at=None)
        after = self._move(fresh, Status.TRIGGERED, by)
        self._commit("page.unacknowledged", after, by, via, None)
        self._announce("incident.unacknowledged", after, by)
        return after

    def resolve(self, incident: Incident, by: Agent, via: str, caller: str | None = None) -> Incident:
        """Resolve an open incident."""
        fresh = replace(incident, acknowledgements=(), unacknowledge_at=None)
        after = self._move(fresh, Status.RESOLVED, by)
        self._commit("page.resolved", after, by, via, caller)
        self._announce("incident.resolved", after, by)
        return after

    def escalate(self, incident: Incident, level: int, by: Agent, via: str, caller: str | None) -> Incident:
        """Hand an open incident to another level of its escalation policy; it is triggered there."""
        fresh = replace(incident, level=level, acknowledgements=(), unacknowledge_at=None)
        after = self._move(fresh, Status.TRIGGERED, by)
        self._commit("page.escalated", after, by, via, caller)
        self._announce("incident.escalated", after, by)
        return after

    def _move(self, incident: Incident, status: Status, by: Agent) -> Incident:
        self._disarm(incident)
        return self._keep(replace(incident, status=status, changed=now(), changed_by=by))

    def _keep(self, incident: Incident) -> Incident:
        self.incidents[incident.id] = incident
        return incident

    def _arm(self, incident: Incident, lapses: datetime | None) -> None:
        if lapses is not None:
            delay = (lapses - now()).total_seconds()
            loop = asyncio.get_running_loop()
            self._timers[incident.id] = loop.call_later(delay, self._lapse, incident.id)

    def _lapse(self, id: str) -> None:
        self.unacknowledge(self.incidents[id], TIMEOUT, "timeout")

    def _disarm(self, incident: Incident) -> None:
        timer = self._timers.pop(incident.id, None)
        if timer is not None:
            timer.cancel()

    def _commit(self, kind: str, incident: Incident, by: Agent, via: str, caller: str | None) -> None:
        self._ledger.commit(
            kind,
            incident.id,
            caller,
            routing_key=incident.service.routing_key,
            service=incident.service.name,
            dedup_key=incident.dedup_key,
            incident_id=incident.id,
            status=str(incident.status),
            severity=incident.payload["severity"],
            summary=incident.title,
            triggers=incident.count,
            level=incident.level,
            by=by.name,
            via=via,
        )

    def stop(self) -> None:
        """Stop every acknowledgement timeout."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def clear(self) -> None:
        """Forget every incident."""
        self.stop()
        self.incidents.clear()
        self._latest.clear()
