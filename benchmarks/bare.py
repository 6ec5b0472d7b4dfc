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

# After the look at the trunk: page beside the question at the gate, change, ask, page, silence two, the gate again, put
# back, close two.
STEPS = (
    (PAGERDUTY, INCIDENTS),
    (GENESYS,),
    (PAGERDUTY,),
    (PAGERDUTY,),
    (PAGERDUTY, PAGERDUTY),
    (INCIDENTS,),
    (GENESYS,),
    (PAGERDUTY, PAGERDUTY),
)


@workflow.defn(name=WORKFLOW)
class Bare:
    """Twelve activities: no state, no signal, no timer, no search attribute."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Call and return."""
        await call(GENESYS, FIRST, name)
        for queues in STEPS:
            await asyncio.gather(*(call(queue, NEXT, name) for queue in queues))
        return name


async def call(queue: str, activity: str, name: str) -> None:
    """One activity on another queue, as each vendor has its own."""
    await workflow.execute_activity(activity, name, task_queue=queue, start_to_close_timeout=timedelta(seconds=10))
