"""The table that turns HTTP into the errors of the ports."""

import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from holdline.clients.errors import LONGEST_WAIT, SHORTEST_WAIT, receipt, refusal, retry_after
from holdline.clients.exchange import Ask, Exchange, Intent
from holdline.ports import (
    CredentialsRefused,
    Invalid,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
JSON = httpx.Headers({"content-type": "application/json; charset=utf-8"})


class Thing(BaseModel):
    """A documented answer."""

    id: str


def exchange(intent: Intent = Intent.WRITE, *, hide: tuple[str, ...] = (), **known: Any) -> Exchange:
    """An exchange that was sent, with what else is known of it."""
    fields: dict[str, Any] = {"sent": True, "headers": JSON} | known
    ask = Ask(method="POST", route="/things", expect=201, hide=hide)
    return Exchange(vendor="Vendor", host="api.example.com", credential="key", intent=intent, ask=ask, **fields)


UNANSWERED: list[tuple[Exception, bool, type[VendorError], type[VendorError]]] = [
    (httpx.ConnectError("refused"), False, Unavailable, Unavailable),
    (httpx.ConnectTimeout("late"), False, Unavailable, Unavailable),
    (httpx.PoolTimeout("busy"), False, Unavailable, Unavailable),
    (TimeoutError(), False, Unavailable, Unavailable),
    (httpx.ReadTimeout("late"), True, Unavailable, OutcomeUnknown),
    (httpx.WriteTimeout("late"), True, Unavailable, OutcomeUnknown),
    (httpx.ReadError("reset"), True, Unavailable, OutcomeUnknown),
    (httpx.WriteError("reset"), True, Unavailable, OutcomeUnknown),
    (httpx.RemoteProtocolError("closed"), True, Unavailable, OutcomeUnknown),
    (ConnectionResetError(), True, Unavailable, OutcomeUnknown),
    (TimeoutError(), True, Unavailable, OutcomeUnknown),
    (httpx.UnsupportedProtocol("ftp"), False, Rejected, Rejected),
    (httpx.InvalidURL("bad"), False, Rejected, Rejected),
    (httpx.LocalProtocolError("header"), True, Rejected, Rejected),
]


@pytest.mark.parametrize(("fault", "sent", "read", "write"), UNANSWERED)
def test_a_missing_answer_is_judged_by_what_was_sent(
    fault: Exception, sent: bool, read: type[VendorError], write: type[VendorError]
) -> None:
    """Only what was sent can have been processed, and only a write leaves something behind."""
    assert read is type(refusal(exchange(Intent.READ, sent=sent, fault=fault)))
    assert write is type(refusal(exchange(Intent.WRITE, sent=sent, fault=fault)))


def test_a_certificate_that_is_not_trusted_is_for_a_human() -> None:
    """TLS that fails its check is refused for good, in a sentence of its own."""
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "certificate has expired"
    fault = httpx.ConnectError("failed")
    fault.__cause__ = cause
    error = refusal(exchange(sent=False, fault=fault))
    assert Rejected is type(error)
    assert "certificate has expired" in str(error)


@pytest.mark.parametrize("cut", [ssl.SSLEOFError(8, "eof"), ssl.SSLZeroReturnError(6, "closed")])
def test_a_handshake_that_was_cut_off_may_be_repeated(cut: ssl.SSLError) -> None:
    """A vendor that goes away during the handshake has taken nothing."""
    fault = httpx.ConnectError("failed")
    fault.__cause__ = cut
    assert Unavailable is type(refusal(exchange(sent=False, fault=fault)))


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("another success", {"status": 200, "body": b'{"id":"1"}'}),
    ("nothing", {"status": 201, "body": b""}),
    ("half of it", {"status": 201, "body": b'{"id":'}),
    ("not a number", {"status": 201, "body": b'{"id":NaN}'}),
    ("a list", {"status": 201, "body": b"[]"}),
    ("no receipt", {"status": 201, "body": b'{"status":"ok"}'}),
    ("an error", {"status": 201, "body": b'{"error":{"message":"no"}}'}),
    ("a deep nest", {"status": 201, "body": b"[" * 100_000}),
    ("no text", {"status": 201, "body": b"\xff\xfe"}),
    ("a page", {"status": 201, "body": b"<html>", "headers": httpx.Headers({"content-type": "text/html"})}),
    ("no type", {"status": 201, "body": b'{"id":"1"}', "headers": httpx.Headers()}),
    ("broken off", {"status": 201, "body": b'{"id":"1"}', "fault": httpx.ReadError("reset")}),
    ("too late", {"status": 201, "body": b'{"id":"1"}', "fault": TimeoutError()}),
]


@pytest.mark.parametrize(("what", "known"), BROKEN)
def test_a_success_without_a_receipt_is_none(what: str, known: dict[str, Any]) -> None:
    """Only the documented status with the documented JSON is a success; else a write is in doubt, a read failed."""
    with pytest.raises(OutcomeUnknown):
        receipt(exchange(Intent.WRITE, **known), Thing)
    with pytest.raises(Unavailable):
        receipt(exchange(Intent.READ, **known), Thing)


def test_the_documented_answer_is_a_receipt() -> None:
    """The documented status with the documented body is what it says; fields that are new are ignored."""
    assert Thing(id="7") == receipt(exchange(status=201, body=b'{"id":"7","new":1}'), Thing)


@pytest.mark.parametrize("fault", [httpx.ReadError("reset"), TimeoutError()])
def test_a_refusal_counts_although_its_body_was_lost(fault: Exception) -> None:
    """The code alone proves that nothing was processed."""
    assert Throttled is type(refusal(exchange(status=429, fault=fault)))
    assert Rejected is type(refusal(exchange(status=400, fault=fault)))


SHAPES = [
    b'{"message":"lacks it","code":"missing.permissions","status":403,"contextId":"c","details":[],"errors":[]}',
    b'{"error":"invalid_client","description":"lacks it","error_description":"lacks it"}',
    b'{"status":"invalid event","message":"Event object is invalid","errors":["lacks it"]}',
    b'{"error":{"message":"Not Found","code":2100,"errors":["lacks it"]}}',
    b'{"code":21211,"message":"lacks it","more_info":"https://www.twilio.com/docs/errors/21211","status":400}',
]


@pytest.mark.parametrize("body", SHAPES)
def test_the_vendors_own_words_are_repeated_once(body: bytes) -> None:
    """What each vendor says in its own shape reaches the operator."""
    assert 1 == str(refusal(exchange(status=422, body=body))).count("lacks it")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_the_vendors_words_are_cleaned(status: int) -> None:
    """A vendor that repeats a secret, a number or a novel puts none of it into an error."""
    said = "key s3cr3t-token to +43 660 1234567 and %2B436601234567 \x1b[31m" + "x" * 5000
    body = f'{{"message":"{said!r}"}}'.encode()
    error = str(refusal(exchange(status=status, body=body, hide=("s3cr3t-token", "+436601234567"))))
    assert 500 >= len(error)
    assert [] == [each for each in ("s3cr3t", "1234567", "\x1b") if each in error]


@pytest.mark.parametrize(
    ("status", "words"), [(401, "refused the key"), (403, "may not do this"), (302, "never followed")]
)
def test_an_error_says_what_to_do(status: int, words: str) -> None:
    """The sentence names the credential or the cause."""
    assert words in str(refusal(exchange(status=status)))


def test_a_refused_request_for_a_token_is_about_the_credential() -> None:
    """The login host answers 400 to an unknown client."""
    ask = Ask(method="POST", route="/oauth/token", grants=True)
    login = Exchange(vendor="Login", host="login", credential="client", intent=Intent.READ, ask=ask, status=400)
    assert CredentialsRefused is type(refusal(login))


WAITS: list[tuple[dict[str, str], timedelta | None]] = [
    ({}, None),
    ({"retry-after": "42"}, timedelta(seconds=42)),
    ({"retry-after": " 42 "}, timedelta(seconds=42)),
    ({"retry-after": "1.5"}, timedelta(seconds=1.5)),
    ({"retry-after": "0"}, SHORTEST_WAIT),
    ({"retry-after": "-5"}, SHORTEST_WAIT),
    ({"retry-after": "86400"}, LONGEST_WAIT),
    ({"retry-after": "9" * 5000}, LONGEST_WAIT),
    ({"retry-after": "soon"}, None),
    ({"retry-after": ""}, None),
    ({"retry-after": "Sun, 29 Mar 2026 01:31:00 GMT"}, timedelta(minutes=1)),
    ({"retry-after": "Sun, 29 Mar 2026 01:31:00 -0000"}, timedelta(minutes=1)),
    ({"retry-after": "Sun, 29 Mar 2026 01:00:00 GMT"}, SHORTEST_WAIT),
    ({"retry-after": "Sun, 29 Mar 2099 01:00:00 GMT"}, LONGEST_WAIT),
    (
        {"retry-after": "Sun, 29 Mar 2026 09:00:30 GMT", "date": "Sun, 29 Mar 2026 09:00:00 GMT"},
        timedelta(seconds=30),
    ),
    ({"ratelimit-reset": "20"}, timedelta(seconds=20)),
    ({"inin-ratelimit-reset": "61"}, timedelta(seconds=61)),
    ({"x-ratelimit-period-in-sec": "60"}, timedelta(seconds=60)),
    ({"retry-after": "5", "ratelimit-reset": "20"}, timedelta(seconds=5)),
]


@pytest.mark.parametrize(("headers", "wish"), WAITS)
def test_the_vendors_wish_is_honoured_within_reason(headers: dict[str, str], wish: timedelta | None) -> None:
    """Seconds, dates, rate headers; absurd and negative wishes are clamped, unreadable ones ignored."""
    assert wish == retry_after(httpx.Headers(headers), NOW)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_breaks_the_judgement(wish: str, date: str) -> None:
    """Whatever a vendor writes into Retry-After or Date, the wait is None or within its limits."""
    headers = httpx.Headers([(b"retry-after", wish.encode()), (b"date", date.encode())])
    found = retry_after(headers, NOW)
    assert found is None or SHORTEST_WAIT <= found <= LONGEST_WAIT


def test_the_vendors_own_codes_come_first() -> None:
    """A client that knows what a code in the body means is asked before the general rules, with the cleaned words."""

    def judge(answered: Exchange, said: str) -> VendorError | None:
        return Invalid(answered.vendor, f"refused the content{said}") if answered.status == 422 else None

    body = b'{"message": "no such field, call +43 660 1234567"}'
    refused = refusal(exchange(status=422, body=body, judge=judge))
    assert "Vendor: refused the content: no such field, call [number]" == str(refused)
    assert Invalid is type(refused)
    assert Rejected is type(refusal(exchange(status=404, body=body, judge=judge)))
    assert refusal(exchange(status=201, body=body, judge=judge)) is None
    assert isinstance(refusal(exchange(judge=judge)), OutcomeUnknown)
