"""The workers that carry messages, against the sandbox that fits the same configuration."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.credentials import Preflight
from activities.notifying import Notifying
from holdline.cli.simulated import sandbox_settings
from holdline.clients.network import Network
from holdline.domain import queues
from holdline.domain.credential import Credential
from holdline.domain.incident import Severity
from holdline.freeport import free_port
from holdline.ports import Notice
from holdline.settings import Role, Settings, load
from holdline.simulators.sandbox import Sandbox
from workers.budgets import budgets
from workers.rooms import carrier
from workers.wiring import build, credentials

ROOMS = (Credential.SLACK, Credential.TEAMS, Credential.EMAIL)
CONFIGURATION = """
[gateway.secrets]
slack = ["env:SIGNING"]
[slack]
api_url = "http://127.0.0.1:{slack}/api"
token = "env:TOKEN"
[slack.rooms]
incidents = "C0123456789"
[teams.rooms]
incidents = "env:WORKFLOW"
[email]
host = "127.0.0.1"
port = {smtp}
tls = "none"
username = "holdline"
password = "env:PASSWORD"
from_address = "holdline@example.com"
[contacts.alice]
email = "alice@example.com"
"""


def configured(tmp_path: Path) -> Settings:
    """A configuration whose vendors are on free ports of this machine."""
    teams = f"http://127.0.0.1:{free_port()}/workflows/f01/triggers/manual/paths/invoke?sig=sandbox-signature"
    secrets = {"TOKEN": "xoxb-1", "SIGNING": "s" * 32, "PASSWORD": "p", "WORKFLOW": teams}
    path = tmp_path / "holdline.toml"
    path.write_text(CONFIGURATION.format(slack=free_port(), smtp=free_port()), encoding="utf-8")
    return load(path, secrets)


def notice(to: str) -> Notice:
    """A notice about a trunk."""
    return Notice(
        request_id="request-1",
        effect="effect",
        to=to,
        tag="1a2b3c4d",
        title="Trunk Vienna is down",
        severity=Severity.HIGH,
        workflow_id="incident/trunk_failure/1",
        epoch=1,
        actions=("acknowledge",),
        at=datetime(2026, 3, 19, tzinfo=UTC),
    )


async def test_the_sandbox_fits_the_configuration(tmp_path: Path) -> None:
    """Each client of a configuration reaches its vendor in the sandbox that is made from the same one."""
    settings = configured(tmp_path)
    async with Sandbox(sandbox_settings(settings, "127.0.0.1", 1)).running() as sandbox:
        for vendor in ROOMS:
            client = carrier(vendor, settings, Network())
            assert client is not None
            await client.send(notice("alice" if vendor is Credential.EMAIL else "incidents"))
            await client.aclose()
        assert [1, 1, 1] == [len(sandbox.slack.ledger), len(sandbox.teams.taken), len(sandbox.mail.letters)]
    assert "http://127.0.0.1:8080/v1/slack/actions" == sandbox.slack.target


@pytest.mark.parametrize("vendor", ROOMS)
async def test_each_vendor_has_a_worker_of_its_own(tmp_path: Path, vendor: Credential) -> None:
    """One that is down delays nothing of another: its queue has its messages, its checks and its pace."""
    settings = configured(tmp_path)
    (spec,) = build(settings, (Role(vendor.value),))
    makers = {type(getattr(each, "__self__", None)) for each in spec.activities}
    assert {Notifying, Preflight} <= makers
    assert queues.of(vendor) == spec.task_queue
    assert 5.0 == budgets(settings)[spec.task_queue]
    assert vendor in credentials(settings)
    for client in spec.clients:
        await client.aclose()


@pytest.mark.parametrize("vendor", ROOMS)
def test_what_is_not_configured_has_no_worker(vendor: Credential) -> None:
    """The roles are taken by default and then stand for nothing."""
    assert [] == build(Settings(), (Role(vendor.value),))
