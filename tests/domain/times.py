"""One night in UTC, for rules that are pure functions of `now`."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def after(minutes: float = 0, seconds: float = 0) -> datetime:
    """An instant after the start of the night."""
    return START + timedelta(minutes=minutes, seconds=seconds)
