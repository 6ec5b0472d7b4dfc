"""The watch over the detectors: starts those of the configuration, ends the others, and tells when one had stopped.

A detector cannot say that it is gone. Every worker of the incidents looks after all of them; what two of them do twice
is done once, because a workflow id is taken once and an event id is one event.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, assert_never

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from holdline import intake
from holdline.domain import attributes, queues, watching
from holdline.domain.detection import Plan, Source
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.messages import Observed
from holdline.domain.observation import Observation, Verdict
from holdline.domain.runbook import Runbook, completed
from holdline.domain.watching import Adoption, Detection, Standing, detector_id
from holdline.settings import Settings

log = logging.getLogger(__name__)

EVERY: Final = timedelta(seconds=60)
_PATIENCE: Final = timedelta(seconds=5)
_ENDED_BY_US: Final = WorkflowExecutionStatus.COMPLETED


class Found(Enum):
    """How a detector was found."""

    RUNNING = "running"
    ABSENT = "absent"
    STOPPED = "stopped"
    STUCK = "stuck"


async def watch_detectors(client: Client, settings: Settings) -> None:
    """Look after the detectors of the configuration until cancelled."""
    runbooks = completed(settings.runbooks) if settings.runbooks else {}
    await Sentinel(client, settings.detection.plans(), runbooks.get(IncidentKind.DETECTION_LOST)).watch()


class Sentinel:
    """Looks after the detectors of one configuration."""

    def __init__(self, client: Client, plans: Mapping[Source, Plan], runbook: Runbook | None) -> None:
        self._client = client
        self._plans = plans
        self._runbook = runbook
        self._adopted: set[Source] = set()
        self._began = datetime.now(UTC)

    async def watch(self) -> None:
        """Look at every detector, as often as the fastest of them ticks and at least each minute, until cancelled."""
        every = min([EVERY, *(plan.interval for plan in self._plans.values())])
        while True:
            for source in Source:
                await self._tried(source)
            await asyncio.sleep(every.total_seconds())

    async def _tried(self, source: Source) -> None:
        """One round; what Temporal does not answer now it is asked again in the next."""
        try:
            await self.look_after(source)
        except (RPCError, RuntimeError, intake.NotTaken) as error:
            # RuntimeError is the bridge's word for a connection that cannot be made.
            log.warning("the detector of the %s could not be looked after: %s", source, error)

    async def look_after(self, source: Source) -> Found:
        """Start, correct or end one detector; tell when it had stopped or stands still. Raises RPCError, NotTaken."""
        described = await self._describe(source)
        found = self._found(source, described, datetime.now(UTC))
        plan = self._plans.get(source)
        if plan is None:
            if found in (Found.RUNNING, Found.STUCK):
                await self._retire(source)
            return found
        await self._act(plan, found, described)
        return found

    async def _describe(self, source: Source) -> WorkflowExecutionDescription | None:
        try:
            return await self._client.get_workflow_handle(detector_id(source)).describe(rpc_timeout=_PATIENCE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    def _found(self, source: Source, described: WorkflowExecutionDescription | None, now: datetime) -> Found:
        if described is None or described.status is _ENDED_BY_US:
            return Found.ABSENT
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return Found.STOPPED
        waiting = _waiting_since(described)
        # While no worker ran it could not go on; what counts is that it does not although this one runs.
        still = waiting is not None and now - max(waiting, self._began) >= self._stillness(source)
        return Found.STUCK if still else Found.RUNNING

    def _stillness(self, source: Source) -> timedelta:
        """How long a detector may stand still: as long as it may be blind, and never less than two ticks."""
        plan = self._plans.get(source)
        return EVERY if plan is None else max(plan.lost_after, 2) * plan.interval

    async def _act(self, plan: Plan, found: Found, described: WorkflowExecutionDescription | None) -> None:
        match found:
            case Found.RUNNING:
                if plan.source not in self._adopted:
                    await self._start(plan)
            case Found.ABSENT:
                await self._start(plan)
            case Found.STOPPED | Found.STUCK:
                assert described is not None
                await self._tell(plan, found, described)
                await self._start(plan, lost=True)
            case _:
                assert_never(found)

    async def _start(self, plan: Plan, *, lost: bool = False) -> None:
        """Start it with its plan, or let the one that runs adopt the plan: one call for both."""
        pairs = {attributes.ENTITY: plan.source.value, attributes.STATE: Standing.WATCHING.value}
        known = [SearchAttributePair(SearchAttributeKey.for_keyword(name), text) for name, text in pairs.items()]
        await self._client.start_workflow(
            watching.DETECTOR,
            Detection(plan=plan),
            id=detector_id(plan.source),
            task_queue=queues.INCIDENTS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=watching.ADOPT,
            start_signal_args=[Adoption(plan=plan, lost=lost)],
            search_attributes=TypedSearchAttributes(known),
            static_summary=f"Detector: {plan.source}",
            rpc_timeout=_PATIENCE,
        )
        if plan.source not in self._adopted:
            log.info("watching the %s", plan.source)
        self._adopted.add(plan.source)

    async def _retire(self, source: Source) -> None:
        log.info("the %s are watched no more", source)
        handle = self._client.get_workflow_handle(detector_id(source))
        with suppress(RPCError):
            await handle.signal(watching.RETIRE, rpc_timeout=_PATIENCE)

    async def _tell(self, plan: Plan, found: Found, described: WorkflowExecutionDescription) -> None:
        """Open the incident of a lost detection; from one standstill it is told once."""
        how = described.status.name.lower() if described.status else "gone"
        said = f"it was {how}" if found is Found.STOPPED else "it makes no more ticks"
        log.warning("the detector of the %s had stopped: %s", plan.source, said)
        if self._runbook is None:
            return
        observation = _lost(plan, f"the detector of the {plan.source} had stopped: {said}", described)
        observed = Observed(observations=(observation,), ids=(observation.event_id,))
        await intake.observe(self._client, observed, self._runbook, observation.event_id, _PATIENCE)


def _waiting_since(described: WorkflowExecutionDescription) -> datetime | None:
    """Since when a decision of the detector is due; None while it sleeps or looks."""
    raw = described.raw_description
    if not raw.HasField("pending_workflow_task"):
        return None
    return raw.pending_workflow_task.original_scheduled_time.ToDatetime(tzinfo=UTC)


def _lost(plan: Plan, reason: str, described: WorkflowExecutionDescription) -> Observation:
    since = described.close_time or _waiting_since(described)
    return Observation(
        event_id=f"sentinel/{plan.source}:{described.run_id}:{int(since.timestamp()) if since else 0}",
        source="sentinel",
        kind=IncidentKind.DETECTION_LOST,
        entity=plan.lost,
        verdict=Verdict.BREACH,
        severity=Severity.HIGH,
        at=datetime.now(UTC),
        reason=reason,
    )
