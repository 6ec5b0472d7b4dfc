"""The way to Temporal: where it is looked for, and how long."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError

from holdline.settings import Settings
from tests.support.temporal import embedded_server
from workers.connection import TemporalUnreachable, connect, connect_later
from workers.datadir import Server
from workers.server import ServerSpec, kill, start, stop

SHORT = timedelta(milliseconds=100)


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's own Temporal configuration."""
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))


async def test_the_embedded_server_is_found(server: Server) -> None:
    """Without any configuration the server of the data directory is the one."""
    client = await connect(Settings(data_dir=server.data_dir), SHORT, identity="tests")
    assert await client.service_client.check_health()
    assert "tests" == client.identity


async def test_temporals_own_configuration_comes_first(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable wins over a profile, and a profile over the embedded server."""
    nowhere = Settings(data_dir=tmp_path)
    profile = f'[profile.default]\naddress = "{server.address}"\nnamespace = "elsewhere"\n'
    (tmp_path / "temporal.toml").write_text(profile, encoding="utf-8")
    assert "elsewhere" == (await connect(nowhere, SHORT)).namespace
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "here")
    assert "here" == (await connect(nowhere, SHORT)).namespace
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    with pytest.raises(TemporalUnreachable, match=r"Temporal at 127\.0\.0\.1:1 did not answer .* `holdline up`"):
        await connect(Settings(data_dir=server.data_dir), SHORT)


async def test_a_broken_profile_is_a_sentence(tmp_path: Path) -> None:
    """A configuration of Temporal that cannot be read is told as such."""
    (tmp_path / "temporal.toml").write_text("[profile", encoding="utf-8")
    with pytest.raises(TemporalUnreachable, match="Temporal's own configuration cannot be used"):
        await connect(Settings(), SHORT)


async def test_a_server_that_starts_late_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that starts before Temporal connects as soon as Temporal answers."""
    first = await start(ServerSpec(tmp_path, port=0, ui_port=None))
    await stop(tmp_path)
    monkeypatch.setenv("TEMPORAL_ADDRESS", first.address)
    waiting = asyncio.create_task(connect(Settings(), timedelta(seconds=30)))
    try:
        await start(ServerSpec(tmp_path, port=first.port, ui_port=None))
        assert await (await waiting).service_client.check_health()
    finally:
        waiting.cancel()
        await stop(tmp_path)


async def test_the_gateways_client_needs_no_server(tmp_path: Path) -> None:
    """It can be made while Temporal is dead, fails at once, and works when Temporal is back."""
    async with embedded_server(tmp_path) as server:
        client = await connect_later(Settings(data_dir=tmp_path))
        await kill(server)
        with pytest.raises((RPCError, RuntimeError)):
            await client.workflow_service.get_system_info(GetSystemInfoRequest(), retry=True)
        await start(ServerSpec(tmp_path, port=server.port, ui_port=None))
        assert await client.service_client.check_health(timeout=timedelta(seconds=5), retry=True)


async def test_a_frozen_server_does_not_hold_the_gateway(tmp_path: Path) -> None:
    """With a timeout on the call a server that hangs is given up."""
    async with embedded_server(tmp_path) as server:
        client = await connect_later(Settings(data_dir=tmp_path))
        await client.service_client.check_health()
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(RPCError):
                await _ask_until_it_hangs(client)
        finally:
            os.kill(server.pid, signal.SIGCONT)


async def _ask_until_it_hangs(client: Client) -> None:
    """The signal to freeze takes effect a moment after it was sent."""
    for _ in range(50):
        await client.workflow_service.get_system_info(
            GetSystemInfoRequest(), retry=True, timeout=timedelta(milliseconds=300)
        )
        await asyncio.sleep(0.01)
