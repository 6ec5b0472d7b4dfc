"""What may be written to disk: telephone numbers and secrets are masked, everything else stays."""

import json

import pytest

from holdline.gateway import scrub

NUMBER = "+44 7700 900123"


@pytest.mark.parametrize(
    "text", [NUMBER, "+447700900123", "caller +447700900123 hung up", "sip:+447700900123@carrier", "07700 900123"]
)
def test_telephone_numbers_are_masked(text: str) -> None:
    """However it is written, the number is gone."""
    masked = scrub.text(text)
    assert "900123" not in masked
    assert "[number]" in masked


@pytest.mark.parametrize(
    "text",
    [
        "7f3a0000-1111-4222-8333-444444444444",
        "2026-03-29T01:30:00.123456Z",
        "holdline/trunk_failure/7f3a0000-1111-4222-8333-444444444444/3",
        "quality 0.71 of 0.85",
    ],
)
def test_ids_times_and_measurements_stay(text: str) -> None:
    """What is no telephone number is not touched."""
    assert text == scrub.text(text)


def test_an_id_that_is_a_telephone_number_becomes_its_digest() -> None:
    """The same number is the same id, and cannot be read from it."""
    assert scrub.event_id("447700900123") == scrub.event_id("447700900123")
    assert "900123" not in scrub.event_id("447700900123")
    assert "event-17" == scrub.event_id("event-17")


def test_a_body_for_review_keeps_its_shape() -> None:
    """Numbers as text or number, and what is named like a secret, are masked; the rest can be read."""
    body = {
        "who": NUMBER,
        "ani": 447700900123,
        "Authorization": "Bearer abc",
        "nested": [{"api_key": {"deep": 1}, "value": 0.71, "ok": True, "none": None}],
        NUMBER: 1,
    }
    kept = json.loads(scrub.body(json.dumps(body).encode(), body))
    assert {"value": 0.71, "ok": True, "none": None, "api_key": "[secret]"} == kept["nested"][0]
    assert ("[number]", "[number]", "[secret]") == (kept["who"], kept["ani"], kept["Authorization"])
    assert "900123" not in json.dumps(kept)


def test_of_what_is_not_json_the_beginning_is_kept() -> None:
    """A person can see what it was, without numbers and not without end."""
    kept = scrub.body(b"call " + NUMBER.encode() + b" now \xff" + b"x" * 100_000, None)
    assert kept.startswith("call [number] now")
    assert len(kept) <= 4000


def test_our_own_secrets_are_masked_in_every_form() -> None:
    """Also as they are written inside JSON."""
    secret = 'a "quoted" secret of some length'
    masked = scrub.unsecret(json.dumps({"note": secret}).encode() + secret.encode(), scrub.forms(secret))
    assert b"quoted" not in masked


def test_a_very_short_secret_masks_nothing() -> None:
    """Masking every `a` would destroy what it protects."""
    assert set() == scrub.forms("a")
