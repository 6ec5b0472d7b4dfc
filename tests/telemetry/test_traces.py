"""Spans go to a file or a collector, without secrets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.trace import Status, StatusCode
from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider

from holdline.secrets import Secret
from holdline.settings.sections import Telemetry
from holdline.telemetry import Redaction
from holdline.telemetry.traces import tracer_provider

CANARY = "canary-9f8e7d6c"


@pytest.fixture
def redaction(monkeypatch: pytest.MonkeyPatch) -> Redaction:
    """A redaction that knows the canary."""
    monkeypatch.setenv("CANARY", CANARY)
    secret = Secret("env:CANARY")
    secret.read()
    return Redaction([secret])


def tell(provider: ReplaySafeTracerProvider | None) -> None:
    """Write a span that says too much in every place where one can."""
    assert provider is not None
    with suppress(ValueError), provider.get_tracer("tests").start_as_current_span("page") as span:
        span.set_attributes({"key": CANARY, "to": ["+436601234567", "alice"], "tier": 2})
        span.add_event("refused", {"why": f"401 for {CANARY}"})
        span.set_status(Status(StatusCode.ERROR, f"refused {CANARY}"))
        raise ValueError(f"no {CANARY}")
    provider.shutdown()


def test_spans_in_a_file(tmp_path: Path, redaction: Redaction) -> None:
    """Each span is a JSON line, with everything but the secret and the number."""
    file = tmp_path / "deep" / "spans.jsonl"
    tell(tracer_provider(Telemetry(span_file=file), redaction, "holdline-test"))
    text = file.read_text(encoding="utf-8")
    span = json.loads(text)
    assert ("page", 2, ["[number]", "alice"]) == (span["name"], span["attributes"]["tier"], span["attributes"]["to"])
    assert "holdline-test" == span["resource"]["attributes"]["service.name"]
    assert ["refused", "exception"] == [event["name"] for event in span["events"]]
    assert "canary" not in text


def test_a_file_that_cannot_be_written_loses_spans_only(tmp_path: Path, redaction: Redaction) -> None:
    """Traces are never a reason to fail."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    tell(tracer_provider(Telemetry(span_file=tmp_path / "file" / "spans"), redaction, "holdline-test"))
    assert "" == (tmp_path / "file").read_text(encoding="utf-8")


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An OTLP/HTTP collector on a real socket, and the bodies it was sent."""
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.path.encode() + b" " + self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", bodies
        finally:
            server.shutdown()
            thread.join()


def test_spans_to_a_collector(redaction: Redaction) -> None:
    """Spans are posted to the collector's trace path, without the secret."""
    with collector() as (address, bodies):
        tell(tracer_provider(Telemetry(otlp_endpoint=address), redaction, "holdline-test"))
    assert 1 == len(bodies)
    assert bodies[0].startswith(b"/v1/traces ")
    assert b"holdline-test" in bodies[0]
    assert b"canary" not in bodies[0]
    assert b"1234567" not in bodies[0]


def test_no_destination_is_no_tracing(redaction: Redaction) -> None:
    """Without a destination nothing is recorded at all."""
    assert tracer_provider(Telemetry(), redaction, "holdline-test") is None
