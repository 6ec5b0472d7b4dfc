"""One trace from the webhook on: a span for each accepted request, continued by the drain (S3.15)."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from holdline.gateway.authentic import Headers, one
from holdline.gateway.journal import Entry, JournalUnavailable

_TRACEPARENT: Final = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_tracer = trace.get_tracer("holdline.gateway")


def sent_trace(headers: Headers) -> str:
    """The sender's own W3C traceparent, or nothing."""
    sent = one(headers, b"traceparent")
    return sent.decode() if sent is not None and _TRACEPARENT.fullmatch(sent) else ""


def collected() -> bool:
    """Whether this process collects traces at all."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def accepting(entries: list[Entry]) -> Iterator[list[Entry]]:
    """The spans of accepted requests, children of the senders' own; yields the entries with the trace to keep."""
    spans = [
        _tracer.start_span(f"accept {each.source}", _context(each.trace), trace.SpanKind.SERVER) for each in entries
    ]
    try:
        yield [_under(span, entry) for span, entry in zip(spans, entries, strict=True)]
    except JournalUnavailable:
        for span in spans:
            span.set_status(trace.StatusCode.ERROR)
        raise
    finally:
        for span in spans:
            span.end()


def _under(span: trace.Span, entry: Entry) -> Entry:
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier, trace.set_span_in_context(span))
    return entry._replace(trace=carrier.get("traceparent", entry.trace))


def delivering(what: str, traceparent: str) -> AbstractContextManager[trace.Span]:
    """A span under the request's, current while Temporal is told, so that the incident continues the trace."""
    return _tracer.start_as_current_span(f"deliver {what}", _context(traceparent))


def _context(traceparent: str) -> Context | None:
    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}) if traceparent else None
