"""All external trunks of an organisation at once, judged by their own words and, where asked, by their calls.

https://developer.genesys.cloud/devapps/api-explorer (Telephony Providers Edge; permission telephony:plugin:all).
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from holdline.clients.genesys_edge_sweep import withdrawn
from holdline.clients.genesys_pages import Listing, Page, entity, pages
from holdline.clients.genesys_quality import Measured, Quality, qualities
from holdline.clients.genesys_trunks import EDGES, Trunk, health
from holdline.clients.wire import Wire
from holdline.domain.detection import Group
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import Severity
from holdline.domain.observation import Verdict
from holdline.domain.sweep import Finding, Sweep
from holdline.ports import Wanted


class Trunks(Page):
    """A page of trunks."""

    entities: tuple[Trunk, ...]


_LISTING = Listing(f"{EDGES}/trunks", Trunks, "the trunks", (("trunkType", "EXTERNAL"),))


async def sweep_trunks(wire: Wire, wanted: Wanted) -> Sweep:
    """Read every page of the external trunks; quality costs one more request, and only where a group asks for it.

    So do the edges, and only where a trunk is in breach: one whose edge was taken out of service is unknown (S3.9).
    """
    found = await pages(wire, wanted, _LISTING)
    trunks = [trunk for page in found.items for trunk in page.entities]
    known = [(each, trunk) for trunk in trunks if (each := entity(EntityKind.TRUNK, trunk.id, trunk.name)) is not None]
    watched = [(each, trunk, group) for each, trunk in known if (group := wanted.group_of(each)) is not None]
    measured = await qualities(wire, wanted, (group.bounds for _, _, group in watched))
    shared = _shared(trunks)
    findings = [judged(each, trunk, group, _own(trunk, measured, shared)) for each, trunk, group in watched]
    failing = any(each.verdict is Verdict.BREACH for each in findings)
    out, unread = await withdrawn(wire, wanted) if failing else ({}, [])
    weighed = [_excused(each, trunk, out) for each, (_, trunk, _) in zip(findings, watched, strict=True)]
    missing = () if found.gaps else wanted.plan.missing(each for each, _ in known)
    return Sweep(findings=tuple(weighed), gaps=(*found.gaps, *measured.gaps, *unread), missing=missing)


def _excused(finding: Finding, trunk: Trunk, out: Mapping[str, str]) -> Finding:
    """A failure where the edge was taken out of service says nothing of the trunk."""
    reason = out.get(trunk.edge.id, "") if trunk.edge is not None else ""
    if finding.verdict is not Verdict.BREACH or not reason:
        return finding
    return finding.model_copy(update={"verdict": Verdict.UNKNOWN, "reason": f"out of service {reason}"})


def _shared(trunks: Iterable[Trunk]) -> frozenset[str]:
    """The edges that carry several trunks in service."""
    served = Counter(trunk.edge.id for trunk in trunks if trunk.edge is not None and trunk.in_service)
    return frozenset(edge for edge, number in served.items() if number > 1)


def _own(trunk: Trunk, measured: Measured, shared: frozenset[str]) -> Quality | None:
    """The quality of the calls that can only have been the trunk's."""
    if trunk.edge is None or trunk.edge.id in shared:
        return None
    return measured.by_edge.get(trunk.edge.id)


def judged(known: Entity, trunk: Trunk, group: Group, quality: Quality | None) -> Finding:
    """Down is a CRITICAL breach, poor quality one of the group's severity; without a quality the state decides."""
    seen, least = health(trunk), group.bounds.quality
    verdict, reason, severity = seen.verdict, seen.reason, Severity.CRITICAL
    worth = quality is not None and quality.calls >= group.bounds.calls
    if (
        seen.verdict is Verdict.HEALTHY
        and quality is not None
        and least is not None
        and worth
        and quality.share < least
    ):
        verdict, severity = Verdict.BREACH, group.severity
        reason = f"{quality.share:.0%} of {quality.calls} calls were good, {least:.0%} is the least"
    return Finding(
        entity=known,
        group=group.name,
        verdict=verdict,
        severity=severity,
        reason=reason,
        metrics={"quality": round(quality.share, 4), "calls": quality.calls} if quality else {},
    )
