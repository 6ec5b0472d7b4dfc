"""The kinds of incident, what each is about, and the severities that decide their path (S1.4, S3.1)."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from holdline.domain.entity import EntityKind


class IncidentKind(StrEnum):
    """What went wrong; part of the incident's key, never renamed."""

    TRUNK_FAILURE = "trunk_failure"
    EDGE_OFFLINE = "edge_offline"
    QUEUE_OVERFLOW = "queue_overflow"
    API_RATE_LIMIT = "api_rate_limit"
    REGION_DEGRADED = "region_degraded"
    CAPACITY_EXHAUSTED = "capacity_exhausted"
    CREDENTIAL_EXPIRED = "credential_expired"
    DETECTION_LOST = "detection_lost"
    DEAD_LETTERS = "dead_letters"


ABOUT: Final = MappingProxyType(
    {
        IncidentKind.TRUNK_FAILURE: EntityKind.TRUNK,
        IncidentKind.EDGE_OFFLINE: EntityKind.EDGE,
        IncidentKind.QUEUE_OVERFLOW: EntityKind.QUEUE,
        IncidentKind.API_RATE_LIMIT: EntityKind.CREDENTIAL,
        IncidentKind.REGION_DEGRADED: EntityKind.REGION,
        IncidentKind.CAPACITY_EXHAUSTED: EntityKind.ORGANISATION,
        IncidentKind.CREDENTIAL_EXPIRED: EntityKind.CREDENTIAL,
        IncidentKind.DETECTION_LOST: EntityKind.ORGANISATION,
        IncidentKind.DEAD_LETTERS: EntityKind.ORGANISATION,
    }
)
"""What a kind of incident is about. Many at once have a parent of the same kind, about their site."""


ALWAYS_READABLE: Final = frozenset({IncidentKind.TRUNK_FAILURE, IncidentKind.CREDENTIAL_EXPIRED})
"""The kinds that every release could read; an incident of another kind is read where its order says so."""

BOUNDED: Final = frozenset({IncidentKind.QUEUE_OVERFLOW, IncidentKind.CAPACITY_EXHAUSTED})
"""The kinds that are a matter of bounds: a reading says nothing about a failure by somebody else's bounds."""

READABLE: Final = frozenset({*ALWAYS_READABLE, *BOUNDED, IncidentKind.EDGE_OFFLINE})
"""The kinds of which Holdline can read for itself how things stand; of the others it knows what it is told."""


class Severity(StrEnum):
    """How bad it is; decides who is woken and when."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """0 for LOW to 3 for CRITICAL."""
        return list(Severity).index(self)


def worst(*severities: Severity) -> Severity:
    """Return the most severe of the given severities."""
    return max(severities, key=lambda severity: severity.rank)
