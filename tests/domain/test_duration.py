"""Durations as an operator writes them."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from holdline.domain.duration import Duration, Interval, parse_duration, say

WHOLE_SECONDS = st.integers(min_value=0, max_value=366 * 86400).map(lambda seconds: timedelta(seconds=seconds))
MILLISECONDS = st.integers(min_value=0, max_value=366 * 86_400_000).map(lambda each: timedelta(milliseconds=each))
DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("500ms", timedelta(milliseconds=500)),
        ("0s", timedelta(0)),
        ("PT5M", timedelta(minutes=5)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
    ],
)
def test_reading(text: str, length: timedelta) -> None:
    """Numbers with units, and ISO 8601, are read."""
    assert length == parse_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "5",
            "m",
            "5 m",
            " 5m",
            "5m ",
            "-5m",
            "1.5h",
            "5x",
            "5M",
            "1h 30m",
            "٣s",
            "P",
            "PT",
            "P1W",
            "PT-5S",
            "P1Y",
        ),
        *(300, 300.0, None, True, ["5m"]),
    ],
)
def test_mistakes(text: object) -> None:
    """Anything else is refused with the accepted form; a bare number names no unit."""
    with pytest.raises(ValueError, match=r"write (a duration|one) such as '300s', '5m' or '1h30m'"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text", ["367d", "99999999999999999999d", "999999999999999d", f"P{'9' * 400}D", "9999999h9999999h"]
)
def test_longer_than_a_year(text: str) -> None:
    """What no clock can hold is refused in a sentence."""
    with pytest.raises(ValueError, match=r"longer than a year|not a duration"):
        parse_duration(text)


@given(WHOLE_SECONDS)
def test_what_is_said_is_read(length: timedelta) -> None:
    """A duration that was printed is read back as it was."""
    assert length == parse_duration(say(length))


@given(MILLISECONDS)
def test_what_is_persisted_is_read(length: timedelta) -> None:
    """A duration survives JSON to the millisecond."""
    assert length == DURATION.validate_json(DURATION.dump_json(length))


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the reader fail otherwise than by a ValueError."""
    refusal = ""
    try:
        read = parse_duration(text)
    except ValueError as error:
        read, refusal = timedelta(0), str(error)
    assert read == DURATION.validate_json(DURATION.dump_json(read))
    assert refusal == "" or "write one such as" in refusal


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=-3), "0s"),
        (timedelta(milliseconds=400), "0s"),
        (timedelta(seconds=59.6), "1m"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(days=2, seconds=1), "2d1s"),
    ],
)
def test_saying(length: timedelta, words: str) -> None:
    """People read whole seconds, and no empty parts."""
    assert words == say(length)


def test_interval_of_nothing() -> None:
    """What is repeated needs a pause of at least a second."""
    interval: TypeAdapter[timedelta] = TypeAdapter(Interval)
    assert timedelta(seconds=1) == interval.validate_python("1s")
    with pytest.raises(ValidationError, match=r"must be at least 1s, not 0\.5s"):
        interval.validate_json(json.dumps("500ms"))
