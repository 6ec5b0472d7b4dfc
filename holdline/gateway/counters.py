"""How many deliveries ended how: shown by /readyz, and as the metric `holdline.gateway.events`."""

from collections import Counter
from collections.abc import Iterable, Iterator

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

_NAME = "holdline.gateway.events"


class Counters:
    """Counts by source, outcome and reason; the reasons are a closed set, never words of a sender."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        get_meter(__name__).create_observable_counter(_NAME, [self._observe], description="Deliveries by outcome")

    def add(self, source: str, outcome: str, reason: str = "", count: int = 1) -> None:
        """Count one delivery, or `count` of them."""
        self._counts[source, outcome, reason] += count

    def of(self, source: str, outcome: str, reason: str = "") -> int:
        """How many ended so."""
        return self._counts[source, outcome, reason]

    def rows(self) -> Iterator[dict[str, str | int]]:
        """Every count, for a person."""
        for (source, outcome, reason), count in sorted(self._counts.items()):
            yield {"source": source, "outcome": outcome, "reason": reason, "count": count}

    def _observe(self, _options: CallbackOptions) -> Iterable[Observation]:
        for (source, outcome, reason), count in list(self._counts.items()):
            yield Observation(count, {"source": source, "outcome": outcome, "reason": reason})
