"""Instants as the vendors write them."""

from datetime import UTC, datetime
from email.utils import format_datetime


def now() -> datetime:
    """The present instant, aware and in UTC."""
    return datetime.now(UTC)


def millis(instant: datetime) -> str:
    """An instant as Genesys and the ledger write it: `2026-03-19T21:59:01.123Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(instant: datetime) -> str:
    """An instant as PagerDuty writes it: `2026-03-19T21:59:01Z`."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def rfc2822(instant: datetime) -> str:
    """An instant as Twilio writes it: `Thu, 19 Mar 2026 21:59:01 +0000`."""
    return format_datetime(instant.astimezone(UTC))
