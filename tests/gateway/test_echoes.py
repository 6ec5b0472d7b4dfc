"""One notification by several ways: counted as often as the way that tells it most often."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdline.gateway.listening.echoes import ECHO, Echoes
from holdline.gateway.reading import Reading, State

NOW = datetime(2026, 3, 19, 22, 0, tzinfo=UTC)
WAYS = st.lists(st.sampled_from(["eventbridge", "channel-1", "channel-2"]), max_size=30)


def told(
    echoes: Echoes, way: str, event_id: str, body: object = None, at: datetime = NOW, lane: str = "lane"
) -> Reading:
    """What becomes of one telling."""
    return echoes.first(Reading(event_id, State.ACCEPTED, lane), way, "topic", body, at)


@given(WAYS)
def test_each_telling_counts_once(ways: list[str]) -> None:
    """In any order: neither more often than one way told it, nor less."""
    echoes = Echoes()
    states = [told(echoes, way, f"{way}:{number}").state for number, way in enumerate(ways)]
    assert max(Counter(ways).values(), default=0) == states.count(State.ACCEPTED)


def test_a_repeat_is_what_the_event_was() -> None:
    """EventBridge delivers at least once: the id of an event that is kept is no echo of itself."""
    echoes = Echoes()
    assert State.ACCEPTED is told(echoes, "eventbridge", "a").state
    assert ECHO == told(echoes, "channel-1", "b").reason
    assert [State.ACCEPTED, State.DROPPED] == [
        told(echoes, *each).state for each in (("eventbridge", "a"), ("channel-1", "b"))
    ]


def test_what_says_something_else_is_no_echo() -> None:
    """Another body, another entity, or the same one after minutes; the order of the fields does not matter."""
    echoes = Echoes()
    assert State.ACCEPTED is told(echoes, "eventbridge", "a", {"x": 1, "y": 2}).state
    assert State.DROPPED is told(echoes, "channel-1", "1", {"y": 2, "x": 1}).state
    assert State.ACCEPTED is told(echoes, "channel-1", "2", {"x": 1, "y": 3}).state
    assert State.ACCEPTED is told(echoes, "channel-1", "3", {"x": 1, "y": 2}, lane="other").state
    late = NOW + timedelta(minutes=3)
    assert State.ACCEPTED is told(echoes, "channel-1", "4", {"x": 1, "y": 2}, late).state


def test_what_is_dropped_anyway_is_left_alone() -> None:
    """It keeps its own reason."""
    reading = Reading("a", State.DROPPED, reason="the topic is not one of ours")
    assert reading is Echoes().first(reading, "eventbridge", "topic", {}, NOW)
