"""One trace joins a workflow and what it asked of a vendor."""

import pytest
from opentelemetry import baggage, context
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.span import format_span_id, format_trace_id

from holdline.ports import Rejected
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import Rig
from tests.contracts.test_pager import PAGE, QUESTION


async def test_the_vendor_learns_the_trace(rig: Rig) -> None:
    """The outgoing request carries our span as its W3C parent, and nothing else of our context."""
    tracer = rig.watch.provider.get_tracer("test")
    receipt = answer(202, {"status": "success", "dedup_key": PAGE.key})
    async with scripted(receipt) as script, rig.elsewhere(script.url) as clients:
        token = context.attach(baggage.set_baggage("caller", "alice"))
        with tracer.start_as_current_span("activity") as activity:
            await clients.pagerduty.page(PAGE)
        context.detach(token)
    call, parent = rig.watch.spans()
    assert call.context is not None
    assert call.parent is not None
    assert activity.get_span_context().span_id == call.parent.span_id
    ids = f"{format_trace_id(call.context.trace_id)}-{format_span_id(call.context.span_id)}"
    assert f"traceparent: 00-{ids}-".encode() in script.requests[0]
    assert b"baggage" not in script.requests[0].lower()
    assert "activity" == parent.name


async def test_a_span_says_what_was_asked_and_answered(rig: Rig) -> None:
    """Vendor, method, route with its placeholders, status; no path, query or body."""
    await rig.patient.pagerduty.state(QUESTION)
    (span,) = rig.watch.spans()
    assert ("GET /incidents", SpanKind.CLIENT) == (span.name, span.kind)
    assert {
        "holdline.vendor": "PagerDuty",
        "holdline.request_id": "request-1",
        "http.request.method": "GET",
        "url.template": "/incidents",
        "server.address": "127.0.0.1",
        "http.response.status_code": 200,
    } == dict(span.attributes or {})


async def test_a_span_of_a_failure_has_our_sentence_only(rig: Rig) -> None:
    """The error is the port's; no foreign exception or its traceback is recorded."""
    async with scripted(answer(400, {"message": "no"})) as script, rig.elsewhere(script.url) as clients:
        with pytest.raises(Rejected):
            await clients.pagerduty.page(PAGE)
    (span,) = rig.watch.spans()
    assert (StatusCode.ERROR, "PagerDuty: refused the request (400: no)") == (
        span.status.status_code,
        span.status.description,
    )
    assert "Rejected" == (span.attributes or {})["error.type"]
    assert () == span.events
