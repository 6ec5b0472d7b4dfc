"""Presses outlive SIGKILL: what was answered is on disk, and is carried out once by whichever process comes next."""

from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from holdline.domain.timeline import Fact
from holdline.freeport import free_port
from tests.gateway.events import interaction, pressed, slacked
from tests.gateway.presses import ward
from tests.gateway.process import Process
from tests.gateway.test_links import path
from workers.datadir import Server


async def test_a_killed_gateway_has_lost_no_press(server: Server, client: Client, tmp_path: Path) -> None:
    """Two ways, Temporal away, the process killed between the journal and the incident, and killed again afterwards."""
    port = free_port()
    async with ward(server, client, tmp_path / "ward") as room:
        taken, held = await room.floor.fails(), await room.floor.fails()
        link, body = path(taken), interaction(pressed("hold", await room.button(held)))
        for temporal in ("127.0.0.1:1", server.address, server.address):
            gateway = Process(port, temporal, tmp_path)
            await gateway.start()
            try:
                async with httpx.AsyncClient(base_url=gateway.url, timeout=30, trust_env=False) as http:
                    answer = await http.post("/v1/slack/actions", content=body, headers=slacked(body))
                    assert 200 == answer.status_code
                    if temporal == server.address:
                        assert "This link was used already. Carrier A: acknowledged" in (await http.post(link)).text
                    else:
                        with pytest.raises(httpx.ReadTimeout):
                            await http.post(link, timeout=1)
            finally:
                await gateway.kill()
        assert 1 == len(await room.facts(taken, Fact.ACKNOWLEDGED))
        assert ["alice holds the automation"] == await room.facts(held, Fact.OPERATOR)
