"""One OAuth client of a Genesys Cloud organisation, and the ports it serves."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from holdline.clients.genesys_auth import GenesysLogin
from holdline.clients.genesys_edges import GenesysEdges
from holdline.clients.genesys_emergency import GenesysEmergency
from holdline.clients.genesys_grants import GenesysGrants
from holdline.clients.genesys_notifications import GenesysNotifications
from holdline.clients.genesys_people import GenesysMembers, GenesysSkills
from holdline.clients.genesys_queues import GenesysQueues
from holdline.clients.genesys_readings import CapacityReader, EdgeReader, QueueReader
from holdline.clients.genesys_routes import GenesysRoutes
from holdline.clients.genesys_sweeps import GenesysSweeps
from holdline.clients.genesys_trunks import GenesysTrunks
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader as SecretReader
from holdline.clients.wire import Endpoint, Wire
from holdline.domain.change import ActionKind
from holdline.domain.detection import Plan, Source
from holdline.domain.incident import IncidentKind
from holdline.ports import Lever, Reader

LOOKS = (timedelta(0), timedelta(milliseconds=200), timedelta(milliseconds=800))
"""The pauses before each look at what was just changed."""


class Genesys:
    """Both hosts of a region (https://login.<domain>, https://api.<domain>); all that is here shares the token.

    `ways_out` are the in-queue flows by which runbooks evacuate queues.
    """

    def __init__(
        self,
        *,
        login_url: str,
        api_url: str,
        client_id: str,
        client_secret: SecretReader,
        looks: tuple[timedelta, ...] = LOOKS,
        network: Network = USUAL,
        ways_out: frozenset[str] = frozenset(),
    ) -> None:
        login = Endpoint(vendor="Genesys login", credential="OAuth client", url=login_url, network=network)
        api = Endpoint(vendor="Genesys", credential="OAuth client", url=api_url, network=network)
        self._login = GenesysLogin(login, client_id, client_secret)
        self._api = Wire(api, self._login)
        self.grants = GenesysGrants(api.vendor, self._api.attempt)
        self.recent_grants = GenesysGrants(api.vendor, self._api.glance)
        self.trunks = GenesysTrunks(self._api)
        self.routes = GenesysRoutes(self._api, looks)
        self.sweeps = GenesysSweeps(self._api)
        self.edges = GenesysEdges(self._api, looks)
        self.emergency = GenesysEmergency(self._api, looks)
        self.notifications = GenesysNotifications(self._api)
        self.members = GenesysMembers(self._api, (*looks, looks[-1] * 3))
        self.skills = GenesysSkills(self._api, looks)
        self.queues = GenesysQueues(self._api, looks, ways_out)

    @property
    def levers(self) -> Mapping[ActionKind, Lever]:
        """The actions that this client takes."""
        return {
            ActionKind.REORDER_ROUTE: self.routes,
            ActionKind.DRAIN_EDGE: self.edges,
            ActionKind.EMERGENCY_GROUP: self.emergency,
            ActionKind.JOIN_AGENTS: self.members,
            ActionKind.SKILL_AGENTS: self.skills,
            ActionKind.EVACUATE_QUEUE: self.queues,
        }

    def readers(self, detection: Callable[[Source], Plan]) -> Mapping[IncidentKind, Reader]:
        """How incidents read what they are about, by the bounds of detection; `trunks` reads trunks."""
        return {
            IncidentKind.EDGE_OFFLINE: EdgeReader(self._api, detection(Source.EDGES)),
            IncidentKind.QUEUE_OVERFLOW: QueueReader(self._api, detection(Source.QUEUES)),
            IncidentKind.CAPACITY_EXHAUSTED: CapacityReader(self._api, detection(Source.CAPACITY)),
        }

    async def aclose(self) -> None:
        """Close the connections to both hosts."""
        await self._api.aclose()
        await self._login.aclose()
