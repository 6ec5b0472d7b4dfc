"""A vendor that refuses us again and again is an incident of its own, which clears by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.observation import Verdict
from holdline.settings.sections import Throttling
from tests.support.scene import RUNBOOK
from workers.throttling import Reporter, Tally

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RULE = Throttling()
MINUTE = timedelta(minutes=1)


def said(tally: Tally, totals: list[int]) -> list[Verdict | None]:
    """What a tally says when these are the refusals so far, minute by minute."""
    verdicts = []
    for minute, total in enumerate(totals):
        now = NOON + minute * MINUTE
        tally.count(total, now)
        verdict = tally.verdict(now)
        if verdict is not None:
            tally.told(verdict, now)
        verdicts.append(verdict)
    return verdicts


def test_few_refusals_are_no_incident() -> None:
    """What is below the threshold within the window says nothing."""
    assert {None} == set(said(Tally(RULE, NOON), [0, 1, 2, 3, 4, 4, 4, 5, 5, 6]))


def test_it_is_said_once_a_window() -> None:
    """A storm of refusals is one breach in each window."""
    verdicts = said(Tally(RULE, NOON), [10 * minute for minute in range(1, 12)])
    assert 3 == verdicts.count(Verdict.BREACH)
    assert Verdict.BREACH is verdicts[0]


def test_it_clears_after_a_quiet_time() -> None:
    """After ten minutes without a refusal it is healthy three times, and then there is nothing more to say."""
    verdicts = said(Tally(RULE, NOON), [9] * 30)
    assert [Verdict.BREACH, *[None] * 9, *[Verdict.HEALTHY] * 3, *[None] * 17] == verdicts


@pytest.mark.parametrize("vendor", ["Genesys", "PagerDuty"])
async def test_the_incident_is_about_the_credential(client: Client, vendor: str) -> None:
    """Two processes that meet the threshold open one incident about the vendor's credential."""
    processes = [Reporter(client, RULE, RUNBOOK) for _ in range(2)]
    for process in processes:
        await process.report({vendor: 0}, NOON)
        await process.report({vendor: 5}, NOON + timedelta(seconds=5))
    handle = client.get_workflow_handle(workflow_id(IncidentKind.API_RATE_LIMIT, vendor.lower()))
    described = await handle.describe()
    assert WorkflowExecutionStatus.RUNNING is described.status
    events = [event async for event in handle.fetch_history_events()]
    await handle.terminate("the test is over")
    assert 1 == sum(event.HasField("workflow_execution_signaled_event_attributes") for event in events)
