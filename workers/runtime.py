"""The one Temporal runtime of a process: its threads, its log lines, its metrics."""

import logging
from functools import cache

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)


class MetricsUnavailable(Exception):
    """The metrics cannot be served at the address that the settings name."""


@cache
def runtime(metrics: str | None) -> Runtime:
    """Return the runtime of this process; `metrics` is host:port for Prometheus, or None.

    What the SDK's core says goes through our log, where secrets are taken out. Raises MetricsUnavailable.
    """
    log = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core"), append_target_to_name=False),
    )
    try:
        return Runtime(telemetry=TelemetryConfig(logging=log, metrics=_prometheus(metrics)))
    except (RuntimeError, ValueError) as error:
        raise MetricsUnavailable(
            f"The metrics cannot be served at {metrics}: {error}. Set telemetry.metrics."
        ) from None


def _prometheus(metrics: str | None) -> PrometheusConfig | None:
    if metrics is None:
        return None
    return PrometheusConfig(
        bind_address=metrics, durations_as_seconds=True, unit_suffix=True, counters_total_suffix=True
    )
