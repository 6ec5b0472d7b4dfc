"""A trunk: whether it is connected, its far ends answer OPTIONS and its registrations are accepted."""

from typing import Annotated, Final

from pydantic import Field

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.domain.text import Line
from holdline.gateway.topics.topic import Envelope, Finding, Message, Odd, Part, Skipped, Told, Topic
from holdline.settings.events import TRUNKS


class _Connected(Part):
    connected: bool


class _Options(Part):
    option_state: bool


class _Registers(Part):
    register_state: bool


class Trunk(Part):
    """The topic's body (TrunkInstanceTopicTrunk): a status that is not given, or null, says nothing."""

    id: Annotated[str, Field(min_length=1)]
    name: Line | None = None
    state: str | None = None
    in_service: bool | None = None
    connected_status: _Connected | None = None
    options_status: tuple[_Options, ...] | None = None
    registers_status: tuple[_Registers, ...] | None = None
    options_enabled_status: str | None = None
    registers_enabled_status: str | None = None


def judge(trunk: Trunk, told: Told) -> Finding | Skipped | Odd:
    """What a trunk's status means."""
    if told.subject not in (None, trunk.id):
        return Odd("detail.eventBody.id (not the trunk of the topic)")
    if (trunk.connected_status, trunk.options_status, trunk.registers_status) == (None, None, None):
        return Odd("detail.eventBody (no status)")
    verdict, reason = _health(trunk)
    severity = Severity.CRITICAL if verdict is Verdict.BREACH else Severity.LOW
    entity = Entity(kind=EntityKind.TRUNK, id=trunk.id, name=trunk.name or "")
    return Finding(IncidentKind.TRUNK_FAILURE, entity, verdict, severity, reason)


def _health(trunk: Trunk) -> tuple[Verdict, str]:
    """Down is what says so itself; missing is unknown, out of service is an administrator's wish (S1.1)."""
    if trunk.in_service is False or trunk.state not in (None, "active"):
        return Verdict.UNKNOWN, "the trunk is not in service"
    options = [each.option_state for each in trunk.options_status or () if _on(trunk.options_enabled_status)]
    registers = [each.register_state for each in trunk.registers_status or () if _on(trunk.registers_enabled_status)]
    connected = [] if trunk.connected_status is None else [trunk.connected_status.connected]
    for states, words in (
        (connected, "the trunk is not connected"),
        (options, "no far end answers OPTIONS"),
        (registers, "no registration is accepted"),
    ):
        if states and not any(states):
            return Verdict.BREACH, words
    if connected or options or registers:
        return Verdict.HEALTHY, "the trunk is connected"
    return Verdict.UNKNOWN, "Genesys does not say whether the trunk is connected"


def _on(enabled_status: str | None) -> bool:
    return enabled_status in (None, "ENABLED")


TOPIC: Final = Topic(TRUNKS, Envelope[Trunk], Message[Trunk], judge)
