"""How many deliveries ended how: shown by /readyz, and counted by the metric `holdline_gateway_events`."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from temporalio.common import MetricCounter, MetricMeter

_NAME: Final = "holdline_gateway_events"


class Counters:
    """Counts by source, outcome and reason; the reasons are a closed set, never words of a sender."""

    def __init__(self, meter: MetricMeter = MetricMeter.noop) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._metric = meter.create_counter(_NAME, "Deliveries to the gateway, and by it, by how they ended")
        self._metrics: dict[tuple[str, str, str], MetricCounter] = {}

    def add(self, source: str, outcome: str, reason: str = "", count: int = 1) -> None:
        """Count one delivery, or `count` of them."""
        ended = (source, outcome, reason)
        self._counts[ended] += count
        metric = self._metrics.get(ended) or self._labelled(ended)
        metric.add(count)

    def of(self, source: str, outcome: str, reason: str = "") -> int:
        """How many ended so."""
        return self._counts[source, outcome, reason]

    def rows(self) -> Iterator[dict[str, str | int]]:
        """Every count, for a person."""
        for (source, outcome, reason), count in sorted(self._counts.items()):
            yield {"source": source, "outcome": outcome, "reason": reason, "count": count}

    def _labelled(self, ended: tuple[str, str, str]) -> MetricCounter:
        """The metric with its labels, put together once: a storm counts thousands."""
        source, outcome, reason = (str(each) for each in ended)
        metric = self._metric.with_additional_attributes({"source": source, "outcome": outcome, "reason": reason})
        self._metrics[ended] = metric
        return metric
