"""Durations as an operator writes them: `90s`, `5m`, `1h30m`, `2d`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

_PART = re.compile(r"([0-9]{1,15})(ms|s|m|h|d)")
_LONGEST = timedelta(days=366)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(value: object) -> timedelta:
    """Read `1h30m` or an ISO 8601 duration; a bare number is refused because it names no unit."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit; write a duration such as '300s', '5m' or '1h30m'")
    if value.startswith("P"):
        return _iso(value)
    parts = _PART.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError(f"{value!r} is not a duration; write one such as '300s', '5m' or '1h30m'")
    return _length(value, sum(int(number) * _UNITS[unit] for number, unit in parts))


_ISO = re.compile(r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?")


def _iso(value: str) -> timedelta:
    match = _ISO.fullmatch(value)
    if match is None or not any(match.groups()):
        raise ValueError(f"{value!r} is not a duration; write one such as '300s', '5m' or '1h30m'")
    days, hours, minutes, seconds = (float(group or 0) for group in match.groups())
    return _length(value, 86400 * days + 3600 * hours + 60 * minutes + seconds)


def _length(value: str, seconds: float) -> timedelta:
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{value[:40]!r} is longer than a year; write one such as '300s', '5m' or '1h30m'")
    return timedelta(seconds=seconds)


def say(duration: timedelta) -> str:
    """Write a duration as a person reads it: `5m`, `1h30m`, `0s`."""
    seconds = round(duration.total_seconds())
    if seconds <= 0:
        return "0s"
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (left, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _write(duration: timedelta) -> str:
    return f"PT{duration.total_seconds():.3f}S"


def _a_second(duration: timedelta) -> timedelta:
    if duration < timedelta(seconds=1):
        raise ValueError(f"must be at least 1s, not {duration.total_seconds():g}s: it would be done without a pause")
    return duration


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(_write, when_used="json")]
"""A length of time, written with its unit."""

Interval = Annotated[Duration, AfterValidator(_a_second)]
"""The time between two repetitions: at least a second."""
