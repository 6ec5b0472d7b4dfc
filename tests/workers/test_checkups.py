"""The check of the credentials by the clock."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, ScheduleDescription, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain import queues
from holdline.domain.credential import Credential
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.messages import SNAPSHOT, Snapshot
from holdline.ports import CredentialsRefused, Unavailable
from tests.support.estate import real_crew
from tests.support.outside import Outside
from tests.support.temporal import unique
from workers.checkups import SCHEDULE, keep_checking
from workflows.preflight import Checkup, PreflightWorkflow, Report


async def scheduled(client: Client) -> ScheduleDescription:
    """What the server keeps."""
    return await client.get_schedule_handle(SCHEDULE).describe()


async def test_the_clock_is_set_once_and_follows_the_configuration(client: Client) -> None:
    """Every worker sets it; a changed interval is taken over, and `0s` ends it."""
    for every in (timedelta(hours=1), timedelta(hours=1), timedelta(hours=2)):
        await keep_checking(client, (Credential.GENESYS,), every)
    (interval,) = (await scheduled(client)).schedule.spec.intervals
    assert timedelta(hours=2) == interval.every
    await keep_checking(client, (Credential.GENESYS,), timedelta(0))
    await keep_checking(client, (Credential.GENESYS,), timedelta(0))
    with pytest.raises(RPCError) as gone:
        await scheduled(client)
    assert RPCStatusCode.NOT_FOUND is gone.value.status


async def test_a_check_that_somebody_paused_stays_paused(client: Client) -> None:
    """A restart of a worker is no reason to undo what a person decided."""
    await keep_checking(client, (Credential.TWILIO,), timedelta(hours=1))
    await client.get_schedule_handle(SCHEDULE).pause(note="maintenance")
    await keep_checking(client, (Credential.TWILIO,), timedelta(hours=3))
    assert (await scheduled(client)).schedule.state.paused
    await keep_checking(client, (), timedelta(hours=1))


async def test_a_refused_credential_is_raised_when_nothing_is_on_fire(client: Client) -> None:
    """Its incident is opened once by the check, and is over when two readings accept it."""
    outside = Outside()
    outside.trouble("credential", lambda: CredentialsRefused("Genesys", "the secret has expired"), times=2)
    handle = client.get_workflow_handle(workflow_id(IncidentKind.CREDENTIAL_EXPIRED, Credential.GENESYS))
    with suppress(RPCError):
        # A story before this one may have met a refused credential, too.
        await handle.terminate("another story begins")
    async with real_crew(client, outside):
        assert ("genesys: Genesys: the secret has expired",) == (await checked(client)).lines
        told = await handle.query(SNAPSHOT, result_type=Snapshot)
        assert Severity.HIGH is told.severity
        for _ in range(2):
            assert ("genesys: the vendor accepts it and its permissions suffice",) == (await checked(client)).lines
        await reaches(handle, State.RESOLVED)
        await handle.terminate()


async def test_a_vendor_without_an_answer_is_no_refusal(client: Client) -> None:
    """What proves nothing opens nothing."""
    outside = Outside()
    outside.trouble("credential", lambda: Unavailable("Genesys", "no connection"), times=9)
    async with real_crew(client, outside):
        assert "which says nothing about the credential" in (await checked(client)).lines[0]


async def checked(client: Client) -> Report:
    """One check, as the clock would start it."""
    report = await client.execute_workflow(
        PreflightWorkflow.run,
        Checkup(credentials=(Credential.GENESYS,)),
        id=unique("preflight"),
        task_queue=queues.INCIDENTS,
    )
    assert isinstance(report, Report)
    return report


async def reaches(handle: WorkflowHandle[Any, Any], state: State) -> None:
    """Wait until the incident stands there."""
    while (await handle.query(SNAPSHOT, result_type=Snapshot)).state is not state:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.05)
