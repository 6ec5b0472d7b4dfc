"""The kinds of incident and the severities that decide their path (S1.4)."""

from enum import StrEnum


class IncidentKind(StrEnum):
    """What went wrong; part of the incident's key, never renamed."""

    TRUNK_FAILURE = "trunk_failure"


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
