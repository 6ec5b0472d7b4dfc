"""Changing the world: what an action would do, doing it, and putting it back."""

from collections.abc import Mapping

from temporalio import activity

from activities.failures import vendor_failures
from holdline.domain.change import ActionKind, Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt, Lever, Rejected


class Planning(Call):
    """Which action, and the entity it is about."""

    rule: ActionRule
    entity: Entity


class Changing(Call):
    """The change to make; repeating it is one effect, because it states what is wanted."""

    change: Change


class Remediation:
    """Pulls the levers there are."""

    def __init__(self, levers: Mapping[ActionKind, Lever]) -> None:
        self._levers = levers

    @activity.defn(name="plan_action")
    async def plan(self, planning: Planning) -> Plan:
        """Say what an action would change now."""
        with vendor_failures():
            return await self._lever(planning.rule.do).plan(planning.rule, planning.entity, planning)

    @activity.defn(name="make_change")
    async def change(self, changing: Changing) -> ChangeReceipt:
        """Make a change where nobody else has changed the same thing, and read it back."""
        with vendor_failures():
            return await self._lever(changing.change.action).change(changing.change, changing)

    def _lever(self, action: ActionKind) -> Lever:
        lever = self._levers.get(action)
        if lever is None:
            raise Rejected("Holdline", f"no worker here can {action}; its vendor is not configured")
        return lever
