"""Secrets are read when used, within the deadline, and a bad one is named but never shown."""

import time
from datetime import timedelta

import pytest

from holdline.clients.network import Limits, Network
from holdline.clients.secret import Reader
from holdline.clients.wire import Endpoint, Wire
from holdline.ports import Call, CredentialsRefused, Unavailable
from tests.contracts.rig import PATIENT

QUICK = timedelta(milliseconds=100)
HASTY = Limits(connect=QUICK, read=QUICK, write=QUICK, pool=QUICK, attempt=QUICK)


async def revealed(reader: Reader, limits: Limits = PATIENT) -> str:
    """Read a secret as a client does."""
    endpoint = Endpoint(vendor="Vendor", credential="key", url="http://127.0.0.1", network=Network(limits=limits))
    wire = Wire(endpoint)
    try:
        return await wire.attempt(Call(request_id="request-1", effect="effect")).reveal("REST token", reader)
    finally:
        await wire.aclose()


async def test_a_secret_is_the_text_without_its_line_end() -> None:
    """A file that ends with a line break holds the same secret."""
    assert "s3cret" == await revealed(lambda: "s3cret\n")


@pytest.mark.parametrize("value", ["", "\n", "s3cret\nsecond", "s3crét", "s3cret\x00"])
async def test_a_secret_that_fits_no_header_is_refused(value: str) -> None:
    """Nothing is sent with it, and the sentence does not repeat it."""
    with pytest.raises(CredentialsRefused, match="REST token") as caught:
        await revealed(lambda: value)
    assert "s3cr" not in str(caught.value)


async def test_a_secret_that_cannot_be_read_says_why() -> None:
    """The reader's own sentence reaches the operator."""

    def missing() -> str:
        raise OSError("env:PAGERDUTY_TOKEN is not set")

    with pytest.raises(CredentialsRefused, match="PAGERDUTY_TOKEN is not set"):
        await revealed(missing)


async def test_a_secret_that_takes_too_long_is_not_waited_for() -> None:
    """A command that hangs ends with the attempt; nothing was sent, so it may be repeated."""

    def slow() -> str:
        time.sleep(0.3)
        return "s3cret"

    with pytest.raises(Unavailable, match="in time"):
        await revealed(slow, HASTY)
