"""An emergency group: switched on, its call routes run their emergency flows."""

from typing import Final

from holdline.domain.change import ActionKind, Plan, Step, Touch
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.text import Line

ON: Final = "on"
OFF: Final = "off"


class EmergencyGroup(Frozen):
    """An emergency group as it stands; `routes` are the call routes that it would send elsewhere."""

    id: str
    name: Line = ""
    state: str
    routes: int

    @property
    def label(self) -> str:
        """The name, else the id."""
        return f"emergency group {self.name or self.id}"


def plan(entity: Entity, group: EmergencyGroup) -> Plan:
    """The step that switches the group on; none where it is on, or where nothing would follow it."""
    reason = _against(group)
    steps = () if reason else (_step(entity, group),)
    return Plan(steps=steps, found={group.id: (group.state,)}, reason=reason or f"{group.label} is off")


def _against(group: EmergencyGroup) -> str:
    if group.state == ON:
        return f"{group.label} is on already"
    if group.state != OFF:
        return f"{group.label} is {group.state}"
    return "" if group.routes else f"{group.label} has no call route with an emergency flow: it would change nothing"


def _step(entity: Entity, group: EmergencyGroup) -> Step:
    routes = "its call route runs" if group.routes == 1 else f"its {group.routes} call routes run"
    return Step(
        action=ActionKind.EMERGENCY_GROUP,
        target=group.id,
        label=f"{group.label}: on, {routes} the emergency flow",
        back=f"{group.label}: off again",
        expected=(OFF,),
        wanted=(ON,),
        resources=(f"group:{group.id}",),
        touches=(Touch(kind=entity.kind, id=entity.id),),
    )
