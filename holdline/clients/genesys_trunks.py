"""Genesys Cloud trunks: what one reads like, and when it counts as down.

https://developer.genesys.cloud/devapps/api-explorer (Telephony Providers Edge; permission telephony:plugin:all).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import StrictBool

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document, Reference
from holdline.clients.wire import Attempt, Wire
from holdline.domain.entity import Entity
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import tag
from holdline.domain.observation import Observation, Verdict
from holdline.ports import Call

EDGES = "/api/v2/telephony/providers/edges"
_ENABLED = "ENABLED"


class Connected(Document):
    """Whether the trunk is connected, and since when (the vendor's text)."""

    connected: StrictBool | None = None
    connected_state_time: str | None = None


class Proxy(Document):
    """Whether one far end answers OPTIONS, or accepts our registration."""

    option_state: StrictBool | None = None
    register_state: StrictBool | None = None


class Trunk(Document):
    """The health of a trunk as Genesys tells it; everything but the id may be missing.

    `enabled` says whether its edge is in service, `in_service` whether its base settings switch it on.
    """

    id: str
    name: str | None = None
    state: str | None = None
    edge: Reference | None = None
    trunk_base: Reference | None = None
    in_service: StrictBool | None = None
    enabled: StrictBool | None = None
    connected_status: Connected | None = None
    options_status: tuple[Proxy, ...] | None = None
    registers_status: tuple[Proxy, ...] | None = None
    options_enabled_status: str | None = None
    registers_enabled_status: str | None = None


class Health(NamedTuple):
    """A verdict and the words for it."""

    verdict: Verdict
    reason: str


async def read_trunk(attempt: Attempt, trunk_id: str) -> Trunk:
    """Read one trunk."""
    ask = Ask(method="GET", route=f"{EDGES}/trunks/{{trunkId}}", parts={"trunkId": trunk_id})
    return await attempt.read(ask, Trunk)


class GenesysTrunks:
    """The port Trunks over the platform API."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def read(self, trunk: Entity, call: Call) -> Observation:
        """Read a trunk now and judge it."""
        found = await read_trunk(self._wire.look(call), trunk.id)
        at = datetime.now(UTC)
        seen = health(found)
        return Observation(
            event_id=f"read:{tag(call.effect)}:{at:%Y%m%dT%H%M%S.%fZ}",
            source="genesys reading",
            kind=IncidentKind.TRUNK_FAILURE,
            entity=trunk if trunk.name else trunk.model_copy(update={"name": found.name or ""}),
            verdict=seen.verdict,
            severity=Severity.CRITICAL if seen.verdict is Verdict.BREACH else Severity.LOW,
            at=at,
            reason=seen.reason,
        )


def health(trunk: Trunk) -> Health:
    """Judge a trunk: down is what says so itself; missing is unknown, never down (S1.1)."""
    idle = _idle(trunk)
    if idle:
        return Health(Verdict.UNKNOWN, idle)
    down = _down(trunk)
    if down:
        return Health(Verdict.BREACH, down)
    up = _up(trunk)
    return (
        Health(Verdict.HEALTHY, up) if up else Health(Verdict.UNKNOWN, "Genesys does not say whether it is connected")
    )


def _idle(trunk: Trunk) -> str:
    """Why an outage of this trunk would be no incident, or nothing."""
    if trunk.state != "active":
        return f"its state is {trunk.state or 'not given'}"
    if trunk.enabled is False:
        return "its edge is not in service"
    if not trunk.in_service:
        return "it is out of service by an administrator" if trunk.in_service is False else "its service is not given"
    return ""


def _down(trunk: Trunk) -> str:
    if trunk.connected_status is not None and trunk.connected_status.connected is False:
        since = trunk.connected_status.connected_state_time
        return f"not connected since {since}" if since else "not connected"
    if _answers(_options(trunk)) is False:
        return "no far end answers OPTIONS"
    if _answers(_registrations(trunk)) is False:
        return "no registration is accepted"
    return ""


def _up(trunk: Trunk) -> str:
    if trunk.connected_status is not None and trunk.connected_status.connected:
        return "connected"
    if _answers(_options(trunk)):
        return "OPTIONS are answered"
    return "a registration is accepted" if _answers(_registrations(trunk)) else ""


def _options(trunk: Trunk) -> Iterable[bool | None]:
    if trunk.options_enabled_status != _ENABLED:
        return ()
    return (each.option_state for each in trunk.options_status or ())


def _registrations(trunk: Trunk) -> Iterable[bool | None]:
    if trunk.registers_enabled_status != _ENABLED:
        return ()
    return (each.register_state for each in trunk.registers_status or ())


def _answers(states: Iterable[bool | None]) -> bool | None:
    """True where one far end answers, False where each says that it does not, None where that is unknown."""
    known = list(states)
    if any(known):
        return True
    return False if known and all(each is False for each in known) else None
