"""Looks at whole sources of the sandbox, told in names."""

from datetime import UTC, datetime
from typing import Any

from holdline.clients.genesys import Genesys
from holdline.domain.detection import ELSE, Bounds, Group, Plan, Source
from holdline.domain.sweep import Sweep
from holdline.ports import Wanted
from tests.contracts.rig import Rig


def wanted(source: Source, *groups: Group, **bounds: Any) -> Wanted:
    """A look at a source by these groups, or by one for all with these bounds."""
    chosen = groups or (Group(name=ELSE, bounds=Bounds(**bounds)),)
    plan = Plan(source=source, groups=chosen)
    names = tuple(group.name for group in chosen)
    return Wanted(request_id="request-1", effect="detector/x", plan=plan, due=names, at=datetime.now(UTC))


async def look(rig: Rig, source: Source, *groups: Group, **bounds: Any) -> Sweep:
    """Look at the sandbox."""
    return await sweep(rig.patient.genesys, wanted(source, *groups, **bounds))


async def sweep(client: Genesys, look: Wanted) -> Sweep:
    """Look with a client."""
    return await client.sweeps.sweep(look)


def verdicts(found: Sweep) -> dict[str, str]:
    """The verdict of each entity by its name."""
    return {each.entity.label: each.verdict.value for each in found.findings}


def reason(found: Sweep, name: str) -> str:
    """The reason for an entity's verdict."""
    return next(each.reason for each in found.findings if each.entity.label == name)
