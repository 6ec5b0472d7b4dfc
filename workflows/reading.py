"""Reading for ourselves: whether the trunk is failing now, by our own clock."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import sentence

with workflow.unsafe.imports_passed_through():
    from activities.readings import Reading, Readings
    from holdline.domain.observation import Observation
    from holdline.domain.queues import GENESYS
    from holdline.domain.timeline import Fact
    from workflows.patience import READ


async def read(desk: Desk, summary: str) -> Observation | None:
    """Observe the incident's trunk now; None where that failed, which the timeline says."""
    now = desk.case.read_at = workflow.now()
    effect = desk.case.key.effect("read", f"{now:%Y%m%dT%H%M%S}")
    reading = Reading(request_id=desk.request(effect), effect=effect, entity=desk.case.entity)
    try:
        seen: Observation = await desk.call(Readings.read_trunk, reading, GENESYS, summary, **READ.options())
    except ActivityError as error:
        desk.note(Fact.SKIPPED, f"the trunk could not be read: {sentence(error)}")
        return None
    return seen.model_copy(update={"at": now})
