"""The vendors' own schemes, checked against what the vendors' libraries compute."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from holdline.gateway import genesys, pagerduty, twilio
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified

NOW = datetime.now(UTC)
TOKEN = "twilio-auth-token"
BODY = b'{"event":{}}'


def test_the_genesys_key_comes_as_bearer_token_or_as_api_key() -> None:
    """EventBridge sends the key of its connection in one of two headers."""
    for header in ((b"authorization", b"Bearer key"), (b"authorization", b"bearer key"), (b"x-api-key", b"key")):
        assert Verified(1) == genesys.verify(Delivery(BODY, [header]), [b"other", b"key"], NOW)


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ([], Refusal.UNSIGNED),
        ([(b"authorization", b"Bearer wrong")], Refusal.FORGED),
        ([(b"x-api-key", b"wrong"), (b"authorization", b"Bearer key")], Refusal.FORGED),
        ([(b"authorization", b"Basic a2V5")], Refusal.MALFORMED),
        ([(b"authorization", b"Bearer key"), (b"authorization", b"Bearer key")], Refusal.MALFORMED),
        ([(b"authorization", b"\xff\x00")], Refusal.MALFORMED),
        ([(b"x-api-key", b"")], Refusal.FORGED),
    ],
)
def test_another_genesys_key_is_refused(headers: list[tuple[bytes, bytes]], why: Refusal) -> None:
    """A key that is not live proves nothing, however it comes."""
    assert Refused(why) == genesys.verify(Delivery(BODY, headers), [b"key"], NOW)


def paged(*secrets: bytes, body: bytes = BODY) -> bytes:
    """The header of a PagerDuty webhook."""
    return b",".join(b"v1=" + hmac.new(each, body, hashlib.sha256).hexdigest().encode() for each in secrets)


def test_pagerduty_signs_with_every_secret_of_a_rotation() -> None:
    """Any of several signatures by any of several live secrets is enough."""
    header = (b"x-pagerduty-signature", paged(b"gone", b"live"))
    assert Verified(1) == pagerduty.verify(Delivery(BODY, [header]), [b"next", b"live"], NOW)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (None, Refusal.UNSIGNED),
        (b"", Refusal.MALFORMED),
        (b"v2=00", Refusal.MALFORMED),
        (b"v1=", Refusal.FORGED),
        (b"v1=zz,v1,,=", Refusal.FORGED),
        (paged(b"other"), Refusal.FORGED),
        (paged(b"live", body=b"altered"), Refusal.FORGED),
    ],
)
def test_another_pagerduty_signature_is_refused(header: bytes | None, why: Refusal) -> None:
    """A forged, malformed or missing signature is refused."""
    headers = [] if header is None else [(b"x-pagerduty-signature", header)]
    assert Refused(why) == pagerduty.verify(Delivery(BODY, headers), [b"live"], NOW)


def sms(form: Mapping[str, str], url: str, signature: str, *tokens: bytes) -> Verified | Refused:
    """Verify a form that came with this signature to this public address."""
    delivery = Delivery(urlencode(form).encode(), [(b"x-twilio-signature", signature.encode())], url)
    return twilio.verify(delivery, tokens or (TOKEN.encode(),), NOW)


FORMS = st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=40), max_size=6).filter(
    lambda form: all(text.encode(errors="ignore").decode() == text for pair in form.items() for text in pair)
)


@given(form=FORMS, port=st.sampled_from(["", ":443", ":8443"]), query=st.sampled_from(["", "?a=b&c=d%20e"]))
def test_what_twilios_own_library_signs_is_accepted(form: dict[str, str], port: str, query: str) -> None:
    """The signature of any form to any address is the one that Twilio's library computes."""
    url = f"https://holdline.example.com{port}/webhooks/twilio/sms{query}"
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    assert Verified(0) == sms(form, url, signature)


def test_twilio_may_sign_the_address_with_its_port_or_without() -> None:
    """The vendor does either, so both are tried."""
    form = {"Body": "ACK 7K2M9Q", "From": "+436601234567"}
    for said, signed in (("https://h/x", "https://h:443/x"), ("https://h:443/x", "https://h/x"), ("http://h/x",) * 2):
        assert Verified(0) == sms(form, said, RequestValidator(TOKEN).compute_signature(signed, form))


def test_another_twilio_signature_is_refused() -> None:
    """Another token, another address, another form or no signature is refused; a second live token is accepted."""
    form, url = {"Body": "ACK 7K2M9Q"}, "https://h/x"
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    assert Refused(Refusal.FORGED) == sms(form, url, signature, b"other")
    assert Refused(Refusal.FORGED) == sms(form, "https://evil/x", signature)
    assert Refused(Refusal.FORGED) == sms({"Body": "ACK 000000"}, url, signature)
    assert Refused(Refusal.UNSIGNED) == twilio.verify(Delivery(b"", [], url), [b"t"], NOW)
    assert Verified(1) == sms(form, url, signature, b"other", TOKEN.encode())


@given(header=st.binary(max_size=120), body=st.binary(max_size=120))
def test_no_vendor_check_ever_raises(header: bytes, body: bytes) -> None:
    """Whatever a stranger sends, the answer is a refusal."""
    for verify, name in (
        (genesys.verify, b"authorization"),
        (genesys.verify, b"x-api-key"),
        (pagerduty.verify, b"x-pagerduty-signature"),
        (twilio.verify, b"x-twilio-signature"),
    ):
        assert isinstance(
            verify(Delivery(body, [(name, header)], "https://h/x"), [b"a secret nobody has"], NOW), Refused
        )
