"""Changing the world: what an action would do, doing it, and putting it back."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import PrivateAttr
from temporalio import activity

from activities.failures import reading_failures, vendor_failures
from activities.pulse import Pulse, pulse
from holdline.domain.change import ActionKind, Change, Plan
from holdline.domain.credential import PERMISSIONS
from holdline.domain.entity import Entity
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt, Credentials, Lever, Rejected


class Planning(Call):
    """Which action, and the entity it is about."""

    rule: ActionRule
    entity: Entity


class Changing(Call):
    """The change to make; repeating it is one effect, because it states what is wanted."""

    change: Change
    _pulse: Pulse | None = PrivateAttr(default=None)

    def within(self, pulse: Pulse) -> "Changing":
        """The same while Temporal takes its worker for alive: the lock may be another's as soon as it does not."""
        watched = self.model_copy()
        watched._pulse = pulse
        return watched

    @property
    def fence(self) -> datetime | None:
        """The end of the turn, or the instant from which Temporal may take the worker for dead."""
        alive = None if self._pulse is None else self._pulse.until
        return min((each for each in (self.until, alive) if each is not None), default=None)


class Remediation:
    """Pulls the levers there are, once the credential they are pulled with is proved (S1.9)."""

    def __init__(self, levers: Mapping[ActionKind, Lever], credentials: Credentials | None = None) -> None:
        self._levers = levers
        self._credentials = credentials

    @activity.defn(name="plan_action")
    async def plan(self, planning: Planning) -> Plan:
        """Say what an action would change now."""
        with reading_failures():
            return await self.planned(planning.rule, planning.entity, planning)

    def takes(self, action: ActionKind) -> bool:
        """Whether there is such a lever here."""
        return action in self._levers

    async def planned(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Prove the credential, then plan. Raises the errors of the ports."""
        lever, permissions = self._lever(rule.do), PERMISSIONS.get(rule.do)
        if self._credentials is not None and permissions is not None:
            await self._credentials.prove(permissions, call)
        return await lever.plan(rule, entity, call)

    @activity.defn(name="make_change")
    async def change(self, changing: Changing) -> ChangeReceipt:
        """Make a change where nobody else has changed the same thing, and read it back."""
        with vendor_failures():
            lever = self._lever(changing.change.action)
            async with pulse() as beating:
                return await lever.change(changing.change, changing.within(beating))

    def _lever(self, action: ActionKind) -> Lever:
        lever = self._levers.get(action)
        if lever is None:
            raise Rejected("Holdline", f"no worker here can {action}; its vendor is not configured")
        return lever
