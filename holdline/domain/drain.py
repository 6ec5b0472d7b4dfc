"""An edge in or out of service: taken out so that no call is placed on it, once those it carries have ended."""

from datetime import timedelta
from typing import Final

from holdline.domain.change import ActionKind, Plan, Step, Touch
from holdline.domain.duration import say
from holdline.domain.entity import EntityId, EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.text import Line

IN: Final = "in service"
OUT: Final = "out of service"
WAIT: Final = "wait"
"""The parameter with the whole seconds that calls have to end by themselves."""


class EdgeService(Frozen):
    """An edge as it stands: `service` is IN, OUT, or the vendor's own word for something else.

    `others` are the edges of its site that are online and in service besides; `trunks` are those it carries.
    """

    id: EntityId
    name: Line = ""
    site_id: str = ""
    site: Line = ""
    service: str
    others: int
    trunks: tuple[EntityId, ...] = ()

    @property
    def label(self) -> str:
        """The name, else the id."""
        return f"edge {self.name or self.id}"


def plan(edge: EdgeService, wait: timedelta) -> Plan:
    """The step that takes the edge out of service; none where it is out, or where its site has no other."""
    reason = _against(edge)
    steps = () if reason else (_step(edge, wait),)
    found = {edge.id: (edge.service,)}
    return Plan(steps=steps, found=found, reason=reason or f"{edge.label} can be drained", site=edge.site)


def _against(edge: EdgeService) -> str:
    if edge.service != IN:
        return f"{edge.label} is not in service: it is {edge.service}"
    if edge.others == 0:
        return f"{edge.label} is the only one of its site that is online and in service; nobody could call without it"
    return ""


def _step(edge: EdgeService, wait: timedelta) -> Step:
    how = f"calls have {say(wait)} to end" if wait else "calls on it are cut off"
    return Step(
        action=ActionKind.DRAIN_EDGE,
        target=edge.id,
        label=f"{edge.label}: out of service, {how}",
        back=f"{edge.label}: in service again",
        expected=(IN,),
        wanted=(OUT,),
        parameters={WAIT: str(int(wait.total_seconds()))},
        resources=(f"edge:{edge.id}", *((f"site:{edge.site_id}",) if edge.site_id else ())),
        touches=(
            Touch(kind=EntityKind.EDGE, id=edge.id),
            *(Touch(kind=EntityKind.TRUNK, id=trunk) for trunk in edge.trunks),
        ),
    )
