"""All watched queues at once: how long people wait now, and how long they waited lately.

Two requests for each hundred queues, and a third where the longest wait is not told. Permissions:
routing:queue:search, analytics:queueObservation:view and analytics:conversationAggregate:view.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from holdline.clients.genesys_documents import Reference
from holdline.clients.genesys_pages import Listing, Page, chunks, entity, in_turn, pages, tried
from holdline.clients.genesys_waits import (
    Part,
    Questions,
    Waits,
    queue_health,
    take_activity,
    take_averages,
    take_observations,
)
from holdline.clients.wire import Wire
from holdline.domain.detection import Group
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.sweep import Finding, Sweep
from holdline.ports import Wanted


class Queues(Page):
    """A page of queues, in the short form."""

    entities: tuple[Reference, ...]


_LISTING = Listing("/api/v2/routing/queues/divisionviews/all", Queues, "the queues", size=500)


async def sweep_queues(wire: Wire, wanted: Wanted) -> Sweep:
    """List the queues, then ask about the watched ones group by group, at most a hundred at once."""
    found = await pages(wire, wanted, _LISTING)
    listed = [queue for page in found.items for queue in page.entities]
    known = [each for queue in listed if (each := entity(EntityKind.QUEUE, queue.id, queue.name)) is not None]
    parts = [(group, list(part)) for group, members in _grouped(wanted, known) for part in chunks(members)]
    told = await in_turn([partial(_part, wire, wanted, group, part) for group, part in parts])
    sweeps = [_judged(group, queues, part) for (group, queues), part in zip(parts, told, strict=True)]
    return Sweep(
        findings=tuple(finding for findings in sweeps for finding in findings),
        gaps=(*found.gaps, *(gap for part in told for gap in part.gaps)),
        missing=() if found.gaps else wanted.plan.missing(known),
    )


def _grouped(wanted: Wanted, known: Iterable[Entity]) -> list[tuple[Group, list[Entity]]]:
    members: dict[str, list[Entity]] = {}
    for queue in known:
        if (group := wanted.group_of(queue)) is not None:
            members.setdefault(group.name, []).append(queue)
    return [(group, members[group.name]) for group in wanted.plan.groups if group.name in members]


async def _part(wire: Wire, wanted: Wanted, group: Group, queues: Sequence[Entity]) -> Part:
    """Ask about a part; what one of the questions cannot learn does not spoil the others."""
    part = Part({queue.id: Waits() for queue in queues})
    questions, ids = Questions(wire, wanted, group.bounds, wanted.at), list(part.waits)
    now = await tried(f"who waits in {len(ids)} queues", lambda: questions.now(ids))
    lately = await tried(f"the average wait in {len(ids)} queues", lambda: questions.lately(ids))
    part.gaps += [*now.gaps, *lately.gaps]
    part.read = bool(now.items or lately.items)
    for activities in now.items:
        take_activity(part, activities)
    for averages in lately.items:
        take_averages(part, averages)
    await _look_closer(questions, part)
    return part


async def _look_closer(questions: Questions, part: Part) -> None:
    """Where somebody waits and nobody says how long, ask for each who waits."""
    unsaid = part.unsaid
    if not unsaid:
        return
    found = await tried(f"who waits longest in {len(unsaid)} queues", lambda: questions.each(unsaid))
    part.gaps += found.gaps
    for answer in found.items:
        take_observations(part, answer)


def _judged(group: Group, queues: Sequence[Entity], part: Part) -> list[Finding]:
    """A finding for each queue of a part; none where nothing at all could be read."""
    if not part.read:
        return []
    found = []
    for queue in queues:
        waits = part.waits[queue.id]
        seen = queue_health(waits, group.bounds, whole=not part.gaps)
        finding = Finding(
            entity=queue,
            group=group.name,
            verdict=seen.verdict,
            severity=group.severity,
            reason=seen.reason,
            metrics=waits.metrics(),
        )
        found.append(finding)
    return found
