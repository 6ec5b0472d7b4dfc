"""The gateway as a process: what the settings become, and why it does not start."""

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from holdline.gateway.config import GatewayRefused
from holdline.gateway.main import gateway_config
from holdline.gateway.reading import Source
from holdline.settings import Settings, load
from tests.gateway.events import OWN
from tests.gateway.running import configured, nowhere, running

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


def test_twilio_needs_the_public_address(tmp_path: Path) -> None:
    """It is part of what is signed, and nobody but the operator knows it."""
    toml = TOML.replace('public_url = "https://holdline.example.com"\n', "")
    with pytest.raises(GatewayRefused, match="public_url is missing"):
        gateway_config(settings(tmp_path, toml))


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
