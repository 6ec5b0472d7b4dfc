"""One sandbox for all tests of the simulators, put back to its start before each."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import trustme

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import GenesysSettings, Retries, Tls, TwilioSettings
from tests.simulators.receiver import Receiver
from tests.simulators.vendors import Vendors

SETTINGS = SandboxSettings(
    retries=Retries(first=timedelta(milliseconds=5), longest=timedelta(milliseconds=20)),
    genesys=GenesysSettings(sites=3, requests_per_minute=300),
    twilio=TwilioSettings(step=timedelta(milliseconds=1)),
)


@pytest.fixture(scope="session")
async def served() -> AsyncIterator[Sandbox]:
    """A running sandbox."""
    async with Sandbox(SETTINGS).running() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """The running sandbox at its start, with no webhook targets."""
    served.reset()
    served.genesys.target = served.pagerduty.target = served.twilio.target = served.slack.target = None
    return served


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client that neither retries nor follows."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        yield client


@pytest.fixture
def vendors(sandbox: Sandbox, http: httpx.AsyncClient) -> Vendors:
    """The vendors' APIs with the right credentials."""
    return Vendors(sandbox, http)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who takes webhooks."""
    opened = Receiver()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[tuple[Sandbox, ssl.SSLContext]]:
    """A sandbox behind TLS, and a context that trusts it; `ca.pem` is the authority's certificate."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "chain.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    settings = SandboxSettings(tls=Tls(certificate=tmp_path / "chain.pem", key=tmp_path / "key.pem"))
    async with Sandbox(settings).running() as sandbox:
        yield sandbox, trust
