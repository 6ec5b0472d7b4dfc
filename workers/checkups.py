"""The check of the credentials by the clock, kept by Temporal whichever worker runs (S1.9)."""

from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain.credential import Credential
from holdline.domain.queues import INCIDENTS
from workflows.preflight import WORKFLOW, Checkup

SCHEDULE: Final = "holdline-preflight"


async def keep_checking(client: Client, credentials: tuple[Credential, ...], every: timedelta) -> None:
    """Have the credentials checked at this interval; none, or 0, ends it. Repeating it changes nothing."""
    if not credentials or not every:
        await _end(client)
        return
    schedule = _schedule(credentials, every)
    try:
        await client.create_schedule(SCHEDULE, schedule)
    except ScheduleAlreadyRunningError:
        await _adopt(client, schedule)


def _schedule(credentials: tuple[Credential, ...], every: timedelta) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            WORKFLOW,
            Checkup(credentials=credentials),
            id="preflight",
            task_queue=INCIDENTS,
            execution_timeout=every,
            static_summary="Are the credentials valid?",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
    )


async def _adopt(client: Client, schedule: Schedule) -> None:
    """Take a changed configuration over; a schedule that somebody has paused stays paused."""

    def changed(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state = found.description.schedule.state
        return ScheduleUpdate(schedule)

    await client.get_schedule_handle(SCHEDULE).update(changed)


async def _end(client: Client) -> None:
    try:
        await client.get_schedule_handle(SCHEDULE).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
