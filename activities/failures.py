"""The one place that tells Temporal what a vendor's refusal means: retry, retry later, or never."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from holdline.ports import Conflict, CredentialsRefused, OutcomeUnknown, Rejected, Throttled, VendorError

FINAL = (Rejected, CredentialsRefused, Conflict)

NOTICED: Final = timedelta(seconds=10)
"""A wait that a person would notice: the incident tells of it, instead of Temporal waiting in silence."""

_JITTER = 0.1


@contextmanager
def vendor_failures() -> Iterator[None]:
    """Turn a VendorError into an ApplicationError whose type is its class name; nothing else is caught."""
    try:
        yield
    except VendorError as error:
        raise _told(error, type(error)) from None


@contextmanager
def reading_failures() -> Iterator[None]:
    """The same for a reading: one that a vendor's rate holds back for long fails at once, and the incident goes on."""
    try:
        yield
    except VendorError as error:
        long = isinstance(error, Throttled) and error.retry_after is not None and error.retry_after > NOTICED
        raise _told(error, type(error), final=long) from None


@contextmanager
def effect_failures() -> Iterator[None]:
    """The same for an effect that is attempted several times: an attempt knows only of itself that nothing happened.

    Where an earlier one may have had the effect, because its answer was lost or its worker died, the type is
    OutcomeUnknown whatever this attempt proves. Each attempt that proves its own innocence leaves word of it.
    """
    clear = innocent()
    try:
        yield
    except OutcomeUnknown as error:
        raise _told(error, OutcomeUnknown) from None
    except VendorError as error:
        if clear:
            activity.heartbeat(activity.info().attempt)
        raise _told(error, type(error) if clear else OutcomeUnknown) from None


def innocent() -> bool:
    """Whether every attempt before this one has proved that it had no effect."""
    number, word = activity.info().attempt, activity.info().heartbeat_details
    return number == 1 or list(word) == [number - 1]


def _told(error: VendorError, kind: type[VendorError], *, final: bool = False) -> ApplicationError:
    return ApplicationError(
        str(error)[:500],
        type=kind.__name__,
        non_retryable=final or isinstance(error, FINAL),
        next_retry_delay=_delay(error),
        category=ApplicationErrorCategory.BENIGN,
    )


def _delay(error: VendorError) -> timedelta | None:
    """The vendor's wish and up to a tenth more, so that many who were refused together do not come back together."""
    if not isinstance(error, Throttled) or error.retry_after is None:
        return None
    info = activity.info()
    seed = f"{info.workflow_id}/{info.activity_id}/{info.attempt}"
    return error.retry_after * (1 + _JITTER * Random(seed).random())  # noqa: S311 - spreads load, hides nothing
