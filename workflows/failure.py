"""What an activity's failure means to the incident, in one word and one sentence."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError, TimeoutType

from holdline.domain.ticket import Failing


class Cause(StrEnum):
    """Why an effect did not happen, or may have."""

    REFUSED = "refused"
    CREDENTIAL = "credential"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


# The classes of holdline.ports. What is none of them, such as a bug after the request was sent, proves nothing.
_CAUSES = {
    "Unavailable": Cause.UNAVAILABLE,
    "Throttled": Cause.UNAVAILABLE,
    "Rejected": Cause.REFUSED,
    "Invalid": Cause.REFUSED,
    "Misconfigured": Cause.REFUSED,
    "CredentialsRefused": Cause.CREDENTIAL,
    "Conflict": Cause.CONFLICT,
    "OutcomeUnknown": Cause.UNKNOWN,
}

_FAILING = {
    "Rejected": Failing.INTEGRATION,
    "Invalid": Failing.INTEGRATION,
    "Conflict": Failing.INTEGRATION,
    "Misconfigured": Failing.CONFIGURATION,
    "CredentialsRefused": Failing.CREDENTIAL,
}

_UNNAMED = timedelta(seconds=10)
"""How long to hold back where the vendor did not say."""


def cause(error: ActivityError) -> Cause:
    """Classify: whatever does not prove that nothing happened leaves the outcome unknown."""
    inner = error.cause
    if isinstance(inner, ApplicationError):
        return _CAUSES.get(inner.type or "", Cause.UNKNOWN)
    return Cause.UNKNOWN


def failing(error: ActivityError) -> Failing:
    """Classify for people (S4.3): what is not known to need a human is the network."""
    inner = error.cause
    known = inner.type or "" if isinstance(inner, ApplicationError) else ""
    return _FAILING.get(known, Failing.NETWORK)


def too_rich(error: ActivityError) -> bool:
    """Whether the vendor refused the content, so that it may take less of it."""
    return isinstance(error.cause, ApplicationError) and error.cause.type == "Invalid"


def throttling(error: ActivityError) -> timedelta | None:
    """How long a vendor's rate holds us back; None where something else went wrong. Nothing was done (S3.12)."""
    inner = error.cause
    if isinstance(inner, ApplicationError) and inner.type == "Throttled":
        return inner.next_retry_delay or _UNNAMED
    return None


def rest(pauses: Sequence[timedelta], failures: int, error: ActivityError) -> timedelta:
    """How long to wait after so many failures in a row: the last pause repeats, a vendor's own wish may be longer."""
    return max(pauses[min(failures, len(pauses)) - 1], throttling(error) or timedelta(0))


def sentence(error: ActivityError) -> str:
    """Say what went wrong; only the text of our own error classes is known to carry no secret."""
    inner = error.cause
    if isinstance(inner, ApplicationError):
        return _said(inner)
    if isinstance(inner, TimeoutError):
        last = inner.cause
        detail = f", last: {_said(last)}" if isinstance(last, ApplicationError) else ""
        silent = inner.type is TimeoutType.HEARTBEAT
        return f"{'its worker fell silent' if silent else 'no answer in time'}{detail}"
    return "no answer"


def _said(error: ApplicationError) -> str:
    return error.message[:300] if error.type in _CAUSES else f"an error that nobody expected ({error.type})"
