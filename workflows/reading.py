"""Reading for ourselves: whether it is failing now, by our own clock."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import sentence

with workflow.unsafe.imports_passed_through():
    from activities.readings import Reading, Readings, Survey
    from holdline.domain import queues
    from holdline.domain.case import Case
    from holdline.domain.credential import Credential
    from holdline.domain.entity import Entity, EntityKind
    from holdline.domain.incident import ABOUT, READABLE, IncidentKind
    from holdline.domain.observation import Observation
    from holdline.domain.timeline import Fact
    from workflows.patience import LOOK, READ


def readable(desk: Desk) -> bool:
    """Whether somebody can read how it is; the parent of many incidents knows what its members say."""
    case = desk.case
    known = desk.reads and case.kind in READABLE and case.entity.kind is ABOUT[case.kind]
    return known and not case.told_otherwise


def queue(case: Case) -> str:
    """Where readings of it are made: by the credential that the incident is about, else at Genesys."""
    about_credential = case.kind is IncidentKind.CREDENTIAL_EXPIRED and case.entity.id in set(Credential)
    return queues.of(Credential(case.entity.id)) if about_credential else queues.GENESYS


async def look(desk: Desk) -> Observation | None:
    """Look at the entity before anything is done; None where that failed: then the event is believed.

    What its first action would change is kept for the first attempt to repair, and the names for the people.
    """
    if desk.plan is not None and workflow.patched("plans-anew"):
        # It was made for an opening before this one.
        desk.plan = None
    if not readable(desk):
        return None
    due = desk.runbook.remediation.due(desk.case.kind, desk.case.severity)
    reading = _reading(desk).model_copy(update={"rule": due[0] if due else None, "first": True})
    try:
        survey: Survey = await desk.call(
            Readings.survey, reading, queue(desk.case), "is it failing, and where?", **LOOK.options()
        )
    except ActivityError as error:
        desk.unlooked = True
        desk.note(Fact.SKIPPED, f"it could not be looked at first, so the event is believed: {sentence(error)}")
        return None
    desk.plan, desk.planned = survey.plan, reading.rule
    desk.case.entity = _named(desk.case.entity, survey)
    return survey.seen.model_copy(update={"at": workflow.now()})


async def read(desk: Desk, summary: str) -> Observation | None:
    """Observe the incident's entity now; None where that failed, which the timeline says."""
    if not readable(desk):
        desk.case.read_at = workflow.now()
        return None
    return await _read(desk, _reading(desk), queue(desk.case), summary)


async def read_edge(desk: Desk, id: str) -> Observation | None:
    """Observe an edge that the incident has changed, whatever the incident is about."""
    about = {"kind": IncidentKind.EDGE_OFFLINE, "entity": Entity(kind=EntityKind.EDGE, id=id)}
    reading = _reading(desk).model_copy(update=about)
    return await _read(desk, reading, queues.GENESYS, "is the edge online again?")


async def _read(desk: Desk, reading: Reading, queue: str, summary: str) -> Observation | None:
    try:
        seen: Observation = await desk.call(Readings.read, reading, queue, summary, **READ.options())
    except ActivityError as error:
        desk.note(Fact.SKIPPED, f"{_what(desk, reading)} could not be read: {sentence(error)}")
        return None
    return seen.model_copy(update={"at": workflow.now()})


def _what(desk: Desk, reading: Reading) -> str:
    return "it" if reading.entity == desk.case.entity else f"{reading.entity.kind} {reading.entity.label}"


def _reading(desk: Desk) -> Reading:
    now = desk.case.read_at = workflow.now()
    effect = desk.case.key.effect("read", f"{now:%Y%m%dT%H%M%S}")
    return Reading(request_id=desk.request(effect), effect=effect, kind=desk.case.kind, entity=desk.case.entity)


def _named(entity: Entity, survey: Survey) -> Entity:
    """Take the names from Genesys where the event had none: a person at night knows no ids."""
    site = survey.seen.entity.site or (survey.plan.site if survey.plan else "")
    names = {"name": entity.name or survey.seen.entity.name, "site": entity.site or site}
    return entity.model_copy(update=names)
