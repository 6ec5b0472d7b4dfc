"""The quality of the calls over an edge: Genesys knows none of a trunk, so it is derived from errors (S1.1).

The share of connected calls among those that connected or failed, from aggregates by edge. It is one number for all
calls of an edge; an edge with several trunks has calls that nobody can tell apart.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from holdline.clients.genesys_analytics import Aggregate, aggregates, every, interval, matching
from holdline.clients.genesys_pages import tried
from holdline.clients.wire import Wire
from holdline.domain.detection import Bounds
from holdline.domain.sweep import Gap
from holdline.ports import Wanted

_CONNECTED, _FAILED = "nConnected", "nError"


class Quality(NamedTuple):
    """The share of good calls (0 to 1) and how many calls it was taken from."""

    share: float
    calls: int


class Measured(NamedTuple):
    """Qualities by edge id, and what could not be read."""

    by_edge: Mapping[str, Quality]
    gaps: tuple[Gap, ...] = ()


async def qualities(wire: Wire, wanted: Wanted, bounds: Iterable[Bounds]) -> Measured:
    """Measure every edge in one request, over the longest window that is asked for; nothing where nobody asks."""
    windows = [each.window for each in bounds if each.quality is not None]
    if not windows:
        return Measured({})
    over, voice = interval(wanted.at, max(windows)), every(matching("mediaType", ["voice"]))
    metrics = (_CONNECTED, _FAILED)
    found = await tried("the quality of the calls", lambda: aggregates(wire, wanted, over, ["edgeId"], metrics, voice))
    measured = {
        edge: quality
        for answer in found.items
        for each in answer.results or ()
        if (edge := each.group.get("edgeId")) and (quality := _quality(each)) is not None
    }
    return Measured(measured, tuple(found.gaps))


def _quality(found: Aggregate) -> Quality | None:
    """None where there is no data: that is no quality of zero, and none of one."""
    connected, failed = found.total(_CONNECTED), found.total(_FAILED)
    good, bad = (int(each.count or 0) if each else 0 for each in (connected, failed))
    return Quality(good / (good + bad), good + bad) if good + bad else None
