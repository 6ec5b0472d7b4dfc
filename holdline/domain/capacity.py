"""Capacity by middleware: asked for by a signed webhook, and given back by another."""

from typing import Final

from holdline.domain.change import ActionKind, Plan, Step, Touch
from holdline.domain.entity import Entity

UP: Final = "up"
DOWN: Final = "down"


def plan(webhook: str, entity: Entity, incident: str, level: str) -> Plan:
    """The one step: more capacity for the entity. Nothing can be read, so the middleware itself folds repetitions."""
    step = Step(
        action=ActionKind.CALL_WEBHOOK,
        target=f"{webhook}/{entity.id}",
        label=f"webhook {webhook}: capacity up for {entity.kind} {entity.label}",
        back=f"webhook {webhook}: capacity down again for {entity.kind} {entity.label}",
        expected=(DOWN,),
        wanted=(UP,),
        parameters={"incident": incident, "kind": entity.kind, "name": entity.name, "level": level},
        resources=(f"webhook:{webhook}/{entity.id}",),
        touches=(Touch(kind=entity.kind, id=entity.id),),
    )
    return Plan(steps=(step,), reason=f"webhook {webhook} can be asked for capacity")
