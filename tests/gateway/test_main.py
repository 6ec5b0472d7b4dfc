"""The gateway as a process: what the settings become, and why it does not start."""

import asyncio
import signal
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdline.freeport import free_port
from holdline.gateway.config import GatewayRefused
from holdline.gateway.main import gateway_config, run_gateway
from holdline.gateway.reading import Source
from holdline.settings import ConfigInvalid, Settings, load
from tests.gateway.events import OWN
from tests.gateway.hearing import CLIENT, sandboxed
from tests.gateway.running import configured, eventually, nowhere, running

TOML = """
data_dir = "{folder}/data"

[gateway]
port = 0
public_url = "https://holdline.example.com"
timestamp_window = "2m"
coalesce = "500ms"

[gateway.secrets]
events = ["file:{folder}/own"]
twilio = ["env:TWILIO_TOKEN"]

[pagerduty.services]
voice = "env:ROUTING_KEY"

[contacts.alice]
phone = "file:{folder}/alice"
"""


def settings(folder: Path, toml: str = TOML, **environ: str) -> Settings:
    """Settings from a file."""
    path = folder / "holdline.toml"
    path.write_text(toml.format(folder=folder))
    return load(path, environ)


def test_the_settings_become_the_gateways_configuration(tmp_path: Path) -> None:
    """Secrets and numbers stay references until they are used."""
    found = gateway_config(settings(tmp_path))
    assert (tmp_path / "data" / "journal.db", "https://holdline.example.com", 0) == (
        found.journal,
        found.public_url,
        found.port,
    )
    assert (timedelta(minutes=2), timedelta(milliseconds=500)) == (found.window, found.coalesce)
    for name, value in (("own", OWN), ("alice", "+436601234567")):
        (tmp_path / name).write_text(value)
    assert ((OWN,), ()) == (found.secrets_of(Source.OWN)(), found.secrets_of(Source.GENESYS)())
    assert {"alice": "+436601234567"} == found.phones()


def test_the_accounts_of_ours_are_known_without_being_named_twice(tmp_path: Path) -> None:
    """S3.9: whom we sign in as in one system is a stranger in another."""
    sections = """
[servicenow]
url = "https://example.service-now.com"
user = "holdline"
password = "env:A"

[jira]
url = "https://example.atlassian.net"
email = "holdline@example.com"
token = "env:A"
project = "OPS"

[azure_devops]
url = "https://dev.azure.com/example"
token = "env:A"
project = "Operations"
user = "pipeline@example.com"

[gateway.tickets]
own_users = ["robot"]
"""
    found = gateway_config(settings(tmp_path, TOML + sections))
    known = {
        Source.SERVICENOW: "holdline",
        Source.JIRA: "holdline@example.com",
        Source.AZURE_DEVOPS: "pipeline@example.com",
    }
    assert {source: ("robot", name) for source, name in known.items()} == {
        source: found.tickets_of(source).own_users for source in known
    }
    assert ("robot",) == found.tickets_of(Source.SALESFORCE).own_users


def test_twilio_needs_the_public_address(tmp_path: Path) -> None:
    """It is part of what is signed, and nobody but the operator knows it."""
    toml = TOML.replace('public_url = "https://holdline.example.com"\n', "")
    with pytest.raises(GatewayRefused, match="public_url is missing"):
        gateway_config(settings(tmp_path, toml))


LISTENING = """
data_dir = "{folder}/data"
gateway = {{ port = 0, notifications = {{ enabled = true }} }}
pagerduty.services = {{ voice = "env:ROUTING_KEY" }}
"""
LOGGING_IN = """
[genesys]
login_url = "URL"
api_url = "URL"
client_id = "CLIENT"
client_secret = "file:{folder}/secret"
"""
METRIC = 'holdline_gateway_notifications{service_name="temporal-core-sdk"} 1\n'


def test_a_notification_channel_needs_somebody_who_logs_in(tmp_path: Path) -> None:
    """It is opened with the OAuth client of [genesys]."""
    with pytest.raises(ConfigInvalid, match=r"no \[genesys\] section to log in with"):
        settings(tmp_path, LISTENING)


async def test_the_settings_open_a_notification_channel(tmp_path: Path) -> None:
    """By default for every trunk, edge and queue; a metric says that it is up; it is closed with the gateway."""
    (tmp_path / "secret").write_text(CLIENT.secret)
    (tmp_path / "secret").chmod(0o600)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with sandboxed() as sandbox:
        login = LOGGING_IN.replace("URL", sandbox.genesys_url).replace("CLIENT", CLIENT.id)
        metrics = f"127.0.0.1:{free_port()}"
        toml = f'{LISTENING}telemetry.metrics = "{metrics}"\n{login}'
        gateway = asyncio.create_task(run_gateway(settings(tmp_path, toml), address.set_result))
        async with httpx.AsyncClient(base_url=await address, trust_env=False) as http:

            async def up() -> bool:
                return bool((await http.get("/readyz")).json()["notifications"]["status"] == "up")

            await eventually(up)
            assert METRIC in (await http.get(f"http://{metrics}/metrics")).text
        signal.raise_signal(signal.SIGTERM)
        await gateway

        async def closed() -> bool:
            return all(channel.line is None for channel in sandbox.genesys.channels.all())

        await eventually(closed)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"runbooks": {}}, "There is no runbook: write"),
    ({"host": "192.0.2.1"}, "cannot be taken"),
]


@pytest.mark.parametrize(("over", "said"), REFUSED)
async def test_a_gateway_that_could_do_nothing_does_not_start(tmp_path: Path, over: dict[str, Any], said: str) -> None:
    """It says why, in a sentence."""
    with pytest.raises(GatewayRefused, match=said):
        async with running(configured(tmp_path, **over), await nowhere()):
            pass


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """And so is what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = rf"Port {port} on 127\.0\.0\.1 cannot be taken .* another gateway\.port"
        with pytest.raises(GatewayRefused, match=said):
            async with running(configured(tmp_path, port=port), await nowhere()):
                pass


async def test_two_gateways_on_one_journal_are_one_too_many(tmp_path: Path) -> None:
    """The second one says who has it."""
    async with running(configured(tmp_path), await nowhere()):
        with pytest.raises(GatewayRefused, match="Another gateway uses the journal"):
            async with running(configured(tmp_path), await nowhere()):
                pass
