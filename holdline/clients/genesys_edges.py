"""Genesys Cloud edges: in or out of service, with the calls on them drained.

https://developer.genesys.cloud/devapps/api-explorer (Telephony Providers Edge; permission telephony:plugin:all).
"""

from datetime import timedelta
from typing import Final

from pydantic import RootModel

from holdline.clients.absolute import Absolute, Found
from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document, Reference
from holdline.clients.genesys_listing import Pages, every_page
from holdline.clients.genesys_trunks import EDGES, read_trunk
from holdline.clients.wire import Attempt, Wire
from holdline.domain.change import Change, Plan
from holdline.domain.drain import IN, OUT, WAIT, EdgeService, plan
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt

_DRAINING: Final = frozenset({"WAIT", "WAIT_TIMEOUT", "TERMINATE"})
"""The states of call draining in which an edge takes no new call, whatever its status code still says."""

_SERVICE: Final = {"ACTIVE": IN, "INACTIVE": OUT}


class Edge(Document):
    """An edge; everything but the id may be missing."""

    id: str
    name: str | None = None
    site: Reference | None = None
    state: str | None = None
    status_code: str | None = None
    online_status: str | None = None
    call_draining_state: str | None = None
    conversation_count: int | None = None

    @property
    def service(self) -> str:
        """Whether it takes calls; one that drains does not any more."""
        if self.call_draining_state in _DRAINING:
            return OUT
        return _SERVICE.get(self.status_code or "", (self.status_code or "of an unknown status").lower())

    @property
    def withdrawn(self) -> str:
        """Why an outage of it is meant, or nothing."""
        if self.state is not None and self.state != "active":
            return f"its state is {self.state}"
        if self.call_draining_state in _DRAINING:
            return f"it is being drained ({self.call_draining_state})"
        return f"it is not in service ({self.status_code})" if self.service == OUT else ""

    @property
    def takes_along(self) -> str:
        """Why an outage of the trunks on it is meant, or nothing."""
        return f"with its edge {self.name or self.id}: {self.withdrawn}" if self.withdrawn else ""

    @property
    def proof(self) -> str:
        """What a person reads of it after a change."""
        left = f", {self.conversation_count} conversations left" if self.conversation_count else ""
        return f"status {self.status_code}, draining {self.call_draining_state or 'not given'}{left}"


class EdgePage(Pages):
    """A page of edges."""

    entities: tuple[Edge, ...]


class Carried(Document):
    """A trunk, and the edge that carries it."""

    id: str
    edge: Reference | None = None


class CarriedPage(Pages):
    """A page of trunks with their edges."""

    entities: tuple[Carried, ...]


class TrunkIds(Pages):
    """A page of trunks, of which only the ids matter here."""

    entities: tuple[Reference, ...]


class Said(RootModel[str]):
    """The vendor answers an order to an edge with a text."""


class GenesysEdges:
    """The lever `drain_edge`: an absolute state without a version, so compared before and read back after (class A)."""

    def __init__(self, wire: Wire, looks: tuple[timedelta, ...]) -> None:
        self._wire = wire
        self._vendor = wire.endpoint.vendor
        self._absolute = Absolute(self._vendor, looks)

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say whether the edge of the incident, or the one the rule names, can leave service."""
        attempt = self._wire.glance(call)
        edge_id = rule.edge or await self._edge_of(attempt, entity)
        if not edge_id:
            return Plan(reason=f"the {entity.kind} {entity.label} names no edge, and neither does the runbook")
        return plan(await self._service(attempt, edge_id), rule.patience)

    async def why(self, entity: Entity, call: Call) -> str:
        """Why the edge, or that of the trunk, takes no calls where it was taken out of service, by whomever.

        Trunks fail in crowds, which share one list of the edges, and one of the trunks where an edge is out.
        """
        if entity.kind is EntityKind.EDGE:
            return (await self._read(self._wire.attempt(call), entity.id)).withdrawn
        attempt = self._wire.join(call)
        pages = await every_page(self._vendor, attempt, Ask(method="GET", route=EDGES), EdgePage)
        out = {each.id: each.takes_along for page in pages for each in page.entities if each.withdrawn}
        return out.get(await self._carrier(attempt, entity), "") if out else ""

    async def _carrier(self, attempt: Attempt, trunk: Entity) -> str:
        """The edge of a trunk by the list of all of them; nothing where it is not in there."""
        ask = Ask(method="GET", route=f"{EDGES}/trunks", query=(("trunkType", "EXTERNAL"),))
        pages = await every_page(self._vendor, attempt, ask, CarriedPage)
        carried = {each.id: each.edge.id for page in pages for each in page.entities if each.edge is not None}
        return carried.get(trunk.id, "")

    async def _edge_of(self, attempt: Attempt, entity: Entity) -> str:
        if entity.kind is EntityKind.EDGE:
            return entity.id
        if entity.kind is not EntityKind.TRUNK:
            return ""
        found = (await read_trunk(attempt, entity.id)).edge
        return "" if found is None else found.id

    async def _service(self, attempt: Attempt, edge_id: str) -> EdgeService:
        found = await self._read(attempt, edge_id)
        return EdgeService(
            id=found.id,
            name=found.name or "",
            site_id=found.site.id if found.site else "",
            site=(found.site.name if found.site else "") or "",
            service=found.service,
            others=await self._others(attempt, found),
            trunks=await self._trunks(attempt, found.id),
        )

    async def _read(self, attempt: Attempt, edge_id: str) -> Edge:
        ask = Ask(method="GET", route=f"{EDGES}/{{edgeId}}", parts={"edgeId": edge_id})
        return await attempt.read(ask, Edge)

    async def _others(self, attempt: Attempt, edge: Edge) -> int:
        if edge.site is None:
            return 0
        ask = Ask(method="GET", route=EDGES, query=(("site.id", edge.site.id),))
        pages = await every_page(self._vendor, attempt, ask, EdgePage)
        others = (each for page in pages for each in page.entities if each.id != edge.id)
        return sum(each.service == IN and each.online_status == "ONLINE" for each in others)

    async def _trunks(self, attempt: Attempt, edge_id: str) -> tuple[str, ...]:
        ask = Ask(method="GET", route=f"{EDGES}/trunks", query=(("edge.id", edge_id), ("trunkType", "EXTERNAL")))
        pages = await every_page(self._vendor, attempt, ask, TrunkIds)
        return tuple(each.id for page in pages for each in page.entities)

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Take the edge out of service, or back into it."""
        attempt = self._wire.attempt(call)

        async def read() -> Found[Edge]:
            found = await self._read(attempt, change.target)
            return Found(state=(found.service,), proof=found.proof, document=found)

        async def write(_: Found[Edge]) -> None:
            await attempt.write(_order(change), Said)

        return await self._absolute.make(change, read, write)


def _order(change: Change) -> Ask:
    body: dict[str, bool | int] = {"inService": change.wanted == (IN,)}
    if not body["inService"]:
        body["callDrainingWaitTimeSeconds"] = int(change.parameters[WAIT])
    route = f"{EDGES}/{{edgeId}}/statuscode"
    return Ask(method="POST", route=route, parts={"edgeId": change.target}, json=body)
