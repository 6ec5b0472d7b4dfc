"""Our own signature: what proves an event, and everything that does not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified
from holdline.gateway.signing import verify
from holdline.seal import SIGNATURE, sign

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
BODY = b'{"entity":"trunk:a"}'
SECRET, OLD = "new-secret-000000000000001", "old-secret-000000000000001"
WINDOW = timedelta(minutes=5)
GOOD = sign(BODY, [SECRET], NOW)
DIGEST = GOOD.partition("v1=")[2]
MOMENT = GOOD.partition(",")[0]


def check(*headers: str | bytes, body: bytes = BODY, secrets: Sequence[str] = (SECRET,)) -> Verified | Refused:
    """Verify a body that came with these signature headers."""
    values = [value.encode() if isinstance(value, str) else value for value in headers]
    delivery = Delivery(body, [(b"host", b"x"), *((SIGNATURE.lower().encode(), value) for value in values)])
    return verify(delivery, [secret.encode() for secret in secrets], NOW, WINDOW)


def test_a_signed_event_is_authentic() -> None:
    """What sign() writes, verify() accepts, and says which secret proved it."""
    assert Verified(0) == check(GOOD)
    assert Verified(1) == check(GOOD, secrets=(OLD, SECRET))


def test_a_secret_can_be_replaced_without_a_gap() -> None:
    """A sender that signs with the old and the new secret is accepted by a gateway that knows only one of them."""
    both = sign(BODY, [OLD, SECRET], NOW)
    assert Verified(0) == check(both, secrets=(OLD,))
    assert Verified(0) == check(both, secrets=(SECRET,))


@pytest.mark.parametrize("seconds", [0, 1, 299, 300, -1, -59])
def test_within_the_window_it_is_accepted(seconds: int) -> None:
    """Up to five minutes old, or a little ahead of our clock."""
    assert Verified(0) == check(sign(BODY, [SECRET], NOW - timedelta(seconds=seconds)))


@pytest.mark.parametrize(("seconds", "why"), [(301, Refusal.STALE), (10**9, Refusal.STALE), (-301, Refusal.FUTURE)])
def test_outside_the_window_it_is_refused(seconds: int, why: Refusal) -> None:
    """A replay of an old delivery proves nothing, nor does a time that has not come."""
    assert Refused(why) == check(sign(BODY, [SECRET], NOW - timedelta(seconds=seconds)))


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        pytest.param([], Refusal.UNSIGNED, id="A1 none"),
        pytest.param([sign(BODY, ["another-secret-0000000001"], NOW)], Refusal.FORGED, id="A2 wrong secret"),
        pytest.param([f"{MOMENT},v1={DIGEST[:-1]}"], Refusal.FORGED, id="A4 truncated"),
        pytest.param([f"{MOMENT},v1={DIGEST.upper()}"], Refusal.FORGED, id="A4 upper case"),
        pytest.param([f"{MOMENT},v1={DIGEST}=="], Refusal.FORGED, id="A4 padded"),
        pytest.param([f"{MOMENT},v1="], Refusal.FORGED, id="A4 empty"),
        pytest.param([f"{MOMENT},v2={DIGEST}"], Refusal.MALFORMED, id="A6 unknown version"),
        pytest.param([DIGEST], Refusal.MALFORMED, id="A7 bare"),
        pytest.param([f"v1={DIGEST}"], Refusal.MALFORMED, id="A7 no time"),
        pytest.param([MOMENT], Refusal.MALFORMED, id="A7 no signature"),
        pytest.param([f"{MOMENT},{MOMENT},v1={DIGEST}"], Refusal.MALFORMED, id="A7 two times"),
        pytest.param([b"\xff\xfe,v1=\x80"], Refusal.MALFORMED, id="A7 not ASCII"),
        pytest.param(["t=nan,v1=" + DIGEST], Refusal.MALFORMED, id="A8 nan"),
        pytest.param(["t=1e10,v1=" + DIGEST], Refusal.MALFORMED, id="A8 exponent"),
        pytest.param(["t=-1,v1=" + DIGEST], Refusal.MALFORMED, id="A8 negative"),
        pytest.param(["t=1.5,v1=" + DIGEST], Refusal.MALFORMED, id="A8 fraction"),
        pytest.param(["t=" + "9" * 400 + ",v1=" + DIGEST], Refusal.MALFORMED, id="A8 endless"),
        pytest.param([GOOD, GOOD], Refusal.MALFORMED, id="H5 two headers"),
    ],
)
def test_what_proves_nothing_is_refused(headers: list[str | bytes], why: Refusal) -> None:
    """Each malformed or forged signature is refused, with its own reason for the counters."""
    assert Refused(why) == check(*headers)


def test_one_good_signature_among_bad_ones_is_enough() -> None:
    """A5: a list may hold signatures by secrets we do not know."""
    bad = ",".join(f"v1={'0' * 63}{digit}" for digit in range(10))
    assert Verified(0) == check(f"{MOMENT},{bad},v1={DIGEST}")


@pytest.mark.parametrize("body", [b'{"entity": "trunk:a"}', b'{"entity":"trunk:b"}', b"", BODY + b"\n"])
def test_an_altered_body_is_refused(body: bytes) -> None:
    """A3: the signature is over the raw bytes, so that a body written anew is another body."""
    assert Refused(Refusal.FORGED) == check(GOOD, body=body)


def test_without_a_secret_everything_is_refused() -> None:
    """A14: a source that is not configured accepts nobody."""
    assert Refused(Refusal.CLOSED) == check(GOOD, secrets=())


@given(st.lists(st.binary(max_size=200), max_size=3), st.binary(max_size=64))
def test_verification_never_raises(headers: list[bytes], body: bytes) -> None:
    """Whatever a stranger writes into the header, the answer is a refusal."""
    assert isinstance(check(*headers, body=body), Refused)
