"""One trace from the webhook on: a span for each accepted request, continued by the drain (S3.15)."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from holdline.gateway.authentic import Headers, one

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
def accepting(source: str, parent: str) -> Iterator[str]:
    """The span of an accepted request, a child of the sender's; yields the traceparent to keep with the event."""
    with _tracer.start_as_current_span(f"accept {source}", _context(parent), trace.SpanKind.SERVER):
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        yield carrier.get("traceparent", parent)


def delivering(what: str, traceparent: str) -> AbstractContextManager[trace.Span]:
    """A span under the request's, current while Temporal is told, so that the incident continues the trace."""
    return _tracer.start_as_current_span(f"deliver {what}", _context(traceparent))


def _context(traceparent: str) -> Context | None:
    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}) if traceparent else None
