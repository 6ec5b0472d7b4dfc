"""The contact centre beside its telephony: emergency groups, and what else people and automation switch."""

from collections.abc import Iterable
from dataclasses import dataclass

from holdline.simulators.genesys.named import Named, fixed_id


@dataclass(frozen=True)
class EmergencyGroup(Named):
    """An emergency group: the call routes that run its flow while it is enabled."""

    flow: str
    ivrs: tuple[str, ...]
    enabled: bool = False
    version: int = 1
    description: str = ""


class Centre:
    """Everything by id; frozen values are replaced."""

    def __init__(self, sites: Iterable[str]) -> None:
        self.groups = {group.id: group for group in map(emergency_group, sites)}


def emergency_group(site: str) -> EmergencyGroup:
    """The group of a site, off, with one call route."""
    name = f"{site} emergency"
    return EmergencyGroup(fixed_id("group", name), name, fixed_id("flow", name), (fixed_id("ivr", name),))
