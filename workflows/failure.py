"""What an activity's failure means to the incident, in one word and one sentence."""

from enum import StrEnum

from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError


class Cause(StrEnum):
    """Why an effect did not happen, or may have."""

    REFUSED = "refused"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


_CAUSES = {
    "Rejected": Cause.REFUSED,
    "CredentialsRefused": Cause.REFUSED,
    "Conflict": Cause.CONFLICT,
    "OutcomeUnknown": Cause.UNKNOWN,
}


def cause(error: ActivityError) -> Cause:
    """Classify: a timeout leaves the outcome unknown, whatever is not final may be tried again."""
    inner = error.cause
    if isinstance(inner, ApplicationError):
        return _CAUSES.get(inner.type or "", Cause.UNAVAILABLE)
    return Cause.UNKNOWN


def sentence(error: ActivityError) -> str:
    """Say what went wrong; the text comes from our own error classes and carries no secret."""
    inner = error.cause
    if isinstance(inner, ApplicationError):
        return inner.message[:300]
    if isinstance(inner, TimeoutError):
        last = inner.cause
        detail = f", last: {last.message[:200]}" if isinstance(last, ApplicationError) else ""
        return f"no answer in time{detail}"
    return "no answer"
