"""Genesys Cloud emergency groups: switched on and off, guarded by the version; a PUT replaces the whole group.

https://developer.genesys.cloud/devapps/api-explorer (Architect; permissions routing:emergencyGroup:view and :edit).
"""

from datetime import timedelta
from typing import Final

from pydantic import StrictBool

from holdline.clients.absolute import Absolute, Found
from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document, Reference, WholeDocument
from holdline.clients.wire import Attempt, Wire
from holdline.domain import emergency
from holdline.domain.change import Change, Plan
from holdline.domain.emergency import OFF, ON, EmergencyGroup
from holdline.domain.entity import Entity
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt, OutcomeUnknown

_GROUP: Final = "/api/v2/architect/emergencygroups/{emergencyGroupId}"


class EmergencyFlow(Document):
    """An emergency flow and the call routes that run it."""

    emergency_flow: Reference | None = None
    ivrs: tuple[Reference, ...] | None = None


class Group(WholeDocument):
    """An emergency group."""

    id: str
    name: str | None = None
    version: int
    state: str | None = None
    enabled: StrictBool | None = None
    emergency_call_flows: tuple[EmergencyFlow, ...] | None = None

    @property
    def switch(self) -> str:
        """On or off; a group that is not active is neither, and its state says what."""
        if self.state not in (None, "active"):
            return str(self.state)
        return ON if self.enabled else OFF

    @property
    def routes(self) -> int:
        """The call routes that an emergency sends to a flow."""
        return sum(len(each.ivrs or ()) for each in self.emergency_call_flows or () if each.emergency_flow)


class GenesysEmergency:
    """The lever `emergency_group`: an absolute state guarded by a version (class A)."""

    def __init__(self, wire: Wire, looks: tuple[timedelta, ...]) -> None:
        self._wire = wire
        self._vendor = wire.endpoint.vendor
        self._absolute = Absolute(self._vendor, looks)

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say whether the group that the rule names can be switched on."""
        found = await self._read(self._wire.glance(call), str(rule.group))
        group = EmergencyGroup(id=found.id, name=found.name or "", state=found.switch, routes=found.routes)
        return emergency.plan(entity, group)

    async def _read(self, attempt: Attempt, group: str) -> Group:
        ask = Ask(method="GET", route=_GROUP, parts={"emergencyGroupId": group})
        return await attempt.read(ask, Group)

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Switch the group where nobody else has."""
        attempt = self._wire.attempt(call)

        async def read() -> Found[Group]:
            found = await self._read(attempt, change.target)
            return Found(state=(found.switch,), proof=f"{found.switch}, version {found.version}", document=found)

        async def write(found: Found[Group]) -> None:
            await self._put(attempt, change, found.document)

        return await self._absolute.make(change, read, write)

    async def _put(self, attempt: Attempt, change: Change, found: Group) -> None:
        """Write the whole group back with the switch turned and the version read."""
        body = {**found.raw, "enabled": change.wanted == (ON,)}
        ask = Ask(method="PUT", route=_GROUP, parts={"emergencyGroupId": change.target}, json=body)
        answer = await attempt.write(ask, Group)
        if (answer.switch,) != change.wanted:
            raise OutcomeUnknown(self._vendor, f"the answer to the change of {change.label} shows it as before")
