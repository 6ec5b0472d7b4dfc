"""The one place that tells Temporal what a vendor's refusal means: retry, retry later, or never."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from holdline.ports import Conflict, CredentialsRefused, Rejected, Throttled, VendorError

FINAL = (Rejected, CredentialsRefused, Conflict)


@contextmanager
def vendor_failures() -> Iterator[None]:
    """Turn a VendorError into an ApplicationError whose type is its class name; nothing else is caught."""
    try:
        yield
    except VendorError as error:
        raise ApplicationError(
            str(error)[:500],
            type=type(error).__name__,
            non_retryable=isinstance(error, FINAL),
            next_retry_delay=_delay(error),
            category=ApplicationErrorCategory.BENIGN,
        ) from None


def _delay(error: VendorError) -> timedelta | None:
    return error.retry_after if isinstance(error, Throttled) else None
