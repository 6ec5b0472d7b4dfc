"""All edges of an organisation at once: offline is what says so itself and is meant to be in service.

https://developer.genesys.cloud/devapps/api-explorer (Telephony Providers Edge; permission telephony:plugin:all).
"""

from holdline.clients.genesys_edges import Edge
from holdline.clients.genesys_pages import Listing, Page, entity, pages
from holdline.clients.genesys_trunks import EDGES, Health
from holdline.clients.wire import Wire
from holdline.domain.entity import EntityKind
from holdline.domain.observation import Verdict
from holdline.domain.sweep import Finding, Gap, Sweep
from holdline.ports import Wanted


class Edges(Page):
    """A page of edges."""

    entities: tuple[Edge, ...]


_LISTING = Listing(EDGES, Edges, "the edges")


async def sweep_edges(wire: Wire, wanted: Wanted) -> Sweep:
    """Read every page of the edges."""
    found = await pages(wire, wanted, _LISTING)
    edges = [edge for page in found.items for edge in page.entities]
    known = [(each, edge) for edge in edges if (each := entity(EntityKind.EDGE, edge.id, edge.name, _site(edge)))]
    findings = []
    for each, edge in known:
        if (group := wanted.group_of(each)) is not None:
            seen = edge_health(edge)
            findings.append(
                Finding(
                    entity=each, group=group.name, verdict=seen.verdict, severity=group.severity, reason=seen.reason
                )
            )
    missing = () if found.gaps else wanted.plan.missing(each for each, _ in known)
    return Sweep(findings=tuple(findings), gaps=tuple(found.gaps), missing=missing)


async def withdrawn(wire: Wire, wanted: Wanted) -> tuple[dict[str, str], list[Gap]]:
    """Why the trunks on an edge take no calls, by the id of the edge, where it was taken out of service."""
    found = await pages(wire, wanted, _LISTING)
    return {edge.id: edge.takes_along for page in found.items for edge in page.entities if edge.withdrawn}, found.gaps


def _site(edge: Edge) -> str | None:
    return edge.site.name if edge.site is not None else None


def edge_health(edge: Edge) -> Health:
    """Judge an edge: taken out of service, by us or by others, is unknown, and so is one that does not say."""
    if edge.withdrawn:
        return Health(Verdict.UNKNOWN, edge.withdrawn)
    if edge.status_code is not None and edge.status_code != "ACTIVE":
        return Health(Verdict.UNKNOWN, f"it is not in service ({edge.status_code})")
    match edge.online_status:
        case "OFFLINE":
            return Health(Verdict.BREACH, "it is offline")
        case "ONLINE":
            return Health(Verdict.HEALTHY, "it is online")
        case _:
            return Health(Verdict.UNKNOWN, "Genesys does not say whether it is online")
