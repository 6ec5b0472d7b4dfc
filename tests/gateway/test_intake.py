"""Opening and feeding an incident: one open run for a cause, counted episodes, nothing twice."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry import trace
from opentelemetry.context import attach, detach
from temporalio.client import Client

from holdline import intake
from holdline.domain.acknowledgement import Via
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import Incident, workflow_id
from holdline.domain.messages import Answer, AnswerKind, Observed, Order
from holdline.domain.observation import Observation, Verdict
from holdline.intake import NotTaken, Taken
from tests.gateway import events
from tests.gateway.running import RUNBOOK, answered, described, eventually, history, nowhere, told


def observed(entity: str, *verdicts: Verdict, event_id: str = "e-1", severity: Severity = Severity.HIGH) -> Observed:
    """What a gateway would say about a trunk."""
    seen = tuple(
        Observation(
            event_id=event_id,
            source="own",
            kind=IncidentKind.TRUNK_FAILURE,
            entity=Entity(kind=EntityKind.TRUNK, id=entity, name="Carrier A", site="Vienna"),
            verdict=verdict,
            severity=severity,
            at=datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            reason="no OPTIONS answer",
        )
        for verdict in verdicts or (Verdict.BREACH,)
    )
    return Observed(observations=seen, ids=(event_id,))


def acknowledged() -> Answer:
    """What a person did."""
    return Answer(event_id="a-1", kind=AnswerKind.ACKNOWLEDGED, by="alice", via=Via.SMS, at=datetime.now(UTC))


async def close(client: Client, entity: str) -> None:
    """End the open run."""
    await client.get_workflow_handle(workflow_id(IncidentKind.TRUNK_FAILURE, entity)).terminate()


async def test_a_breach_opens_an_incident_that_a_person_can_find(client: Client) -> None:
    """O.1: a readable title, the search attributes, and the epoch, from the first moment on, without a worker."""
    entity = events.trunk()
    receipt = await intake.observe(client, observed(entity, severity=Severity.CRITICAL), RUNBOOK, "r-1")
    assert receipt.started
    found = await described(client, entity)
    assert found is not None
    assert receipt.run_id == found.run_id
    assert ("Incident", "holdline-incidents") == (found.workflow_type, found.task_queue)
    assert "Trunk failure: Carrier A (Vienna)" == await found.static_summary()
    assert {"epoch": 1, "label": "Carrier A"} == await found.memo()
    attributes = {pair.key.name: pair.value for pair in found.typed_search_attributes}
    code = Incident(found.id, 1).ack_code()
    assert (
        attributes.items()
        >= {
            "HoldlineState": "DETECTED",
            "HoldlineSeverity": "CRITICAL",
            "HoldlineEntity": entity,
            "HoldlineSite": "Vienna",
            "HoldlineEpoch": 1,
            "HoldlineTier": 0,
            "HoldlineAckCode": code,
        }.items()
    )


async def test_the_input_holds_the_epoch_and_the_runbook(client: Client) -> None:
    """The incident runs by the rules of the moment it began, and is read where a kind like it could be read then."""
    entity = events.trunk()
    await intake.observe(client, observed(entity), RUNBOOK, "r-1")
    started = (await history(client, entity))[0].workflow_execution_started_event_attributes
    order = Order.model_validate_json(started.input.payloads[0].data)
    assert (1, RUNBOOK, entity, True) == (order.epoch, order.runbook, order.entity.id, order.reads)


async def test_the_same_request_is_taken_once(client: Client) -> None:
    """However often it is sent, it is one signal of one run."""
    entity = events.trunk()
    receipts = await asyncio.gather(
        *(intake.observe(client, observed(entity), RUNBOOK, f"r-{number % 3}") for number in range(12))
    )
    assert 1 == sum(each.started for each in receipts)
    assert 1 == len({each.run_id for each in receipts})
    assert 3 == len(await told(client, entity))


async def test_each_episode_has_the_next_epoch(client: Client) -> None:
    """S1.3: after the end the next breach opens another run, and the count goes on."""
    entity = events.trunk()
    for epoch in (1, 2, 3):
        assert (await intake.observe(client, observed(entity), RUNBOOK, f"r-{epoch}")).started
        assert not (await intake.observe(client, observed(entity), RUNBOOK, f"r-{epoch}-b")).started
        found = await described(client, entity)
        assert found is not None
        assert epoch == (await found.memo())["epoch"]
        await close(client, entity)


async def test_what_is_no_breach_opens_nothing(client: Client) -> None:
    """S1.1: healthy and unknown feed an open incident, and start none."""
    entity = events.trunk()
    for verdict in (Verdict.HEALTHY, Verdict.UNKNOWN):
        receipt = await intake.observe(client, observed(entity, verdict), RUNBOOK, f"r-{verdict}")
        assert Taken.NOTHING_OPEN is receipt.taken
    assert await described(client, entity) is None
    await intake.observe(client, observed(entity), RUNBOOK, "r-1")
    receipt = await intake.observe(client, observed(entity, Verdict.HEALTHY), RUNBOOK, "r-2")
    assert Taken.FED is receipt.taken
    assert [Verdict.BREACH, Verdict.HEALTHY] == [each.observations[0].verdict for each in await told(client, entity)]


async def test_an_answer_needs_an_open_incident(client: Client) -> None:
    """An acknowledgement of what is over is told apart from one that arrived."""
    entity = events.trunk()
    incident = workflow_id(IncidentKind.TRUNK_FAILURE, entity)
    assert Taken.NOTHING_OPEN is (await intake.answer(client, incident, acknowledged(), "q-1")).taken
    await intake.observe(client, observed(entity), RUNBOOK, "r-1")
    for _ in range(2):
        assert Taken.FED is (await intake.answer(client, incident, acknowledged(), "q-1")).taken
    assert ["alice"] == [each.by for each in await answered(client, entity)]
    await close(client, entity)
    assert Taken.NOTHING_OPEN is (await intake.answer(client, incident, acknowledged(), "q-2")).taken


async def test_an_incident_is_found_by_its_code_while_it_is_open(client: Client) -> None:
    """And a code with a quote in it finds nothing but itself."""
    entity = events.trunk()
    incident = workflow_id(IncidentKind.TRUNK_FAILURE, entity)
    code = Incident(incident, 1).ack_code()
    await intake.observe(client, observed(entity), RUNBOOK, "r-1")

    async def found() -> bool:
        return await intake.coded(client, code) == incident

    async def gone() -> bool:
        return await intake.coded(client, code) is None

    await eventually(found)
    assert await intake.coded(client, f"' OR HoldlineAckCode = '{code}") is None
    await close(client, entity)
    await eventually(gone)


async def test_the_trace_goes_on_in_the_incident(client: Client) -> None:
    """S3.15: the header is the one that the SDK's own plugin reads."""
    entity = events.trunk()
    context = trace.SpanContext(int("a" * 32, 16), int("b" * 16, 16), True, trace.TraceFlags(1))
    token = attach(trace.set_span_in_context(trace.NonRecordingSpan(context)))
    try:
        await intake.observe(client, observed(entity), RUNBOOK, "r-1")
    finally:
        detach(token)
    started = (await history(client, entity))[0].workflow_execution_started_event_attributes
    carrier = json.loads(started.header.fields[intake.TRACE_HEADER].data)
    assert f"00-{'a' * 32}-{'b' * 16}-01" == carrier["traceparent"]


async def test_without_temporal_it_is_not_taken(client: Client) -> None:
    """At once where nobody listens, and with a word for the caller."""
    lost = await nowhere()
    for call in (
        intake.observe(lost, observed("a"), RUNBOOK, "r-1"),
        intake.observe(lost, observed("a", Verdict.HEALTHY), RUNBOOK, "r-1"),
        intake.answer(lost, "incident/trunk_failure/a", acknowledged(), "q-1"),
        intake.coded(lost, "7K2M9Q"),
    ):
        with pytest.raises(NotTaken, match="cannot be reached") as raised:
            await call
        assert not raised.value.reached


async def test_a_namespace_that_is_not_there_is_no_closed_incident(client: Client) -> None:
    """Otherwise acknowledgements would be dropped while somebody mends the configuration."""
    other = await Client.connect(
        client.service_client.config.target_host, namespace="nowhere", data_converter=client.data_converter
    )
    with pytest.raises(NotTaken, match="nowhere") as raised:
        await intake.answer(other, "incident/trunk_failure/a", acknowledged(), "q-1", timedelta(seconds=10))
    assert raised.value.reached
