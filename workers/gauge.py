"""The figures of the budgets, beside the SDK's own at the address of `telemetry.metrics`."""

from datetime import timedelta

from temporalio.runtime import Runtime


class RuntimeGauge:
    """Counts what the vendors and our budgets refused, and how long requests waited for their turn."""

    def __init__(self, runtime: Runtime) -> None:
        meter = runtime.metric_meter
        self._throttled = meter.create_counter("holdline_throttled", "Answers 429 of a vendor")
        self._refused = meter.create_counter("holdline_budget_refused", "Requests not sent: no turn in time")
        self._waited = meter.create_histogram_timedelta("holdline_budget_wait", "How long requests waited for a turn")

    def waited(self, vendor: str, patience: timedelta) -> None:
        """Add a wait."""
        self._waited.record(patience, {"vendor": vendor})

    def throttled(self, vendor: str) -> None:
        """Count an answer 429."""
        self._throttled.add(1, {"vendor": vendor})

    def refused(self, vendor: str) -> None:
        """Count a request that was not sent."""
        self._refused.add(1, {"vendor": vendor})
