"""Echoes: the same notification by two ways must count once, or one recovery would be two healthy observations.

A delivery by EventBridge and a message of a channel share neither id nor time, only what they are about and say.
"""

import hashlib
import json
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, Final

from holdline.gateway.reading import Reading, State, dropped

ECHO: Final = "another way told it already"
_MEMORY: Final = timedelta(minutes=2)
_MOST: Final = 20_000


class _Told:
    """Who told one thing how often, by the ids of the events, and which of them were echoes."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.ways: dict[str, dict[str, bool]] = {}

    def hear(self, way: str, event_id: str) -> bool:
        """Whether it is an echo: another way has told it more often. A repeat of an event is what the event was."""
        mine = self.ways.setdefault(way, {})
        if event_id not in mine:
            mine[event_id] = any(len(mine) < len(theirs) for other, theirs in self.ways.items() if other != way)
        return mine[event_id]


class Echoes:
    """What was told lately by several ways. EventBridge is one way, each channel is another."""

    def __init__(self) -> None:
        self._told: OrderedDict[bytes, _Told] = OrderedDict()

    def first(self, reading: Reading, way: str, topic: str, body: Any, now: datetime) -> Reading:
        """The reading, or that it is dropped: each telling is counted as often as the way that tells it most often."""
        if reading.state is not State.ACCEPTED:
            return reading
        self._forget(now)
        key = _key(reading.lane, topic, body)
        told = self._told.setdefault(key, _Told(now))
        return dropped(reading.event_id, ECHO) if told.hear(way, reading.event_id) else reading

    def _forget(self, now: datetime) -> None:
        while self._told:
            oldest = next(iter(self._told.values()))
            if len(self._told) <= _MOST and now - oldest.at <= _MEMORY:
                return
            self._told.popitem(last=False)


def _key(lane: str, topic: str, body: Any) -> bytes:
    said = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{lane}\n{topic}\n{said}".encode()).digest()
