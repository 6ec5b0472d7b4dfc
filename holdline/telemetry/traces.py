"""Traces: to a collector over OTLP/HTTP or to a file of JSON lines, redacted on their way out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status, set_tracer_provider
from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider, create_tracer_provider

from holdline.settings.sections import Telemetry
from holdline.telemetry.redaction import Redaction


def install_traces(telemetry: Telemetry, redaction: Redaction, service: str) -> Callable[[], None]:
    """Send the spans of this process where the settings say; return what sends the last ones. Nowhere means none."""
    provider = tracer_provider(telemetry, redaction, service)
    if provider is None:
        return _nothing
    set_tracer_provider(provider)
    return provider.shutdown


def tracer_provider(telemetry: Telemetry, redaction: Redaction, service: str) -> ReplaySafeTracerProvider | None:
    """Return a provider that workflows may use too, or None where no destination is set."""
    exporter = _exporter(telemetry)
    if exporter is None:
        return None
    provider = create_tracer_provider(resource=Resource.create({SERVICE_NAME: service}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Redacted(exporter, redaction)))
    return provider


def _nothing() -> None:
    """There is nothing to send."""


def _exporter(telemetry: Telemetry) -> SpanExporter | None:
    if telemetry.span_file is not None:
        return SpanFile(telemetry.span_file)
    if telemetry.otlp_endpoint is not None:
        return OTLPSpanExporter(endpoint=f"{telemetry.otlp_endpoint}/v1/traces")
    return None


class SpanFile(SpanExporter):
    """Appends one JSON object for each span."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append the spans; a file that cannot be written loses them, not the incident."""
        lines = "".join(f"{span.to_json(indent=None)}\n" for span in spans)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(lines)
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


class Redacted(SpanExporter):
    """Takes secrets and telephone numbers out of the spans before it hands them on."""

    def __init__(self, inner: SpanExporter, redaction: Redaction) -> None:
        self._inner = inner
        self._redaction = redaction

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export what may be shown of the spans."""
        return self._inner.export([self._clean(span) for span in spans])

    def _clean(self, span: ReadableSpan) -> ReadableSpan:
        described = span.status.description
        return ReadableSpan(
            name=self._redaction.text(span.name),
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=self._values(span.attributes),
            events=[Event(self._redaction.text(e.name), self._values(e.attributes), e.timestamp) for e in span.events],
            links=span.links,
            kind=span.kind,
            instrumentation_scope=span.instrumentation_scope,
            status=Status(span.status.status_code, None if described is None else self._redaction.text(described)),
            start_time=span.start_time,
            end_time=span.end_time,
        )

    def _values(self, attributes: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._redaction.tree(dict(attributes or {}))
        return found

    def shutdown(self) -> None:
        """Close the destination."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what the destination still holds."""
        return self._inner.force_flush(timeout_millis)
