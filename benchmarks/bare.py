"""The floor: a workflow that does nothing but call as many activities as an incident, in the same order."""

import asyncio
from datetime import timedelta

from temporalio import workflow

WORKFLOW = "Bare"
INCIDENTS = "bare-incidents"
GENESYS = "bare-genesys"
PAGERDUTY = "bare-pagerduty"
FIRST = "bare_first"
NEXT = "bare_next"


@workflow.defn(name=WORKFLOW)
class Bare:
    """Look; page beside change; ask; page; put back; close two: eight activities, no state, signal or timer."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Call and return."""
        await call(GENESYS, FIRST, name)
        await asyncio.gather(call(PAGERDUTY, NEXT, name), call(GENESYS, NEXT, name))
        await call(PAGERDUTY, NEXT, name)
        await call(PAGERDUTY, NEXT, name)
        await call(GENESYS, NEXT, name)
        await asyncio.gather(call(PAGERDUTY, NEXT, name), call(PAGERDUTY, NEXT, name))
        return name


async def call(queue: str, activity: str, name: str) -> None:
    """One activity on another queue, as each vendor has its own."""
    await workflow.execute_activity(activity, name, task_queue=queue, start_to_close_timeout=timedelta(seconds=10))
