"""Incidents with a worker behind them, a gateway before them, and the place where Slack takes answers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.client import Client

from holdline.domain.messages import Snapshot
from holdline.domain.timeline import Fact
from holdline.simulators.server import serve
from tests.cli.floor import Floor, incident
from tests.gateway.events import event, pressed, trunk
from tests.gateway.running import Running, configured, described, eventually, running
from tests.support.estate import real_crew
from workers.datadir import Server


class Ward:
    """What a press needs: incidents, a gateway, and Slack's ear."""

    def __init__(self, floor: Floor, gateway: Running, url: str, heard: list[dict[str, Any]]) -> None:
        self.floor = floor
        self.gateway = gateway
        self.url = url
        self.heard = heard

    async def button(self, trunk: str, **over: Any) -> dict[str, Any]:
        """The button under the message about a trunk's incident."""
        story = await self.floor.story(trunk)
        return {"w": incident(trunk), "e": story.epoch, "o": story.opening, "t": "0123abcd", **over}

    async def presses(self, verb: str, button: Mapping[str, Any], user: str = "UALICE", **over: Any) -> int:
        """Press it; what Slack is answered."""
        payload = pressed(verb, button, user, response_url=f"{self.url}/actions/1/secret")
        return (await self.gateway.slack(payload | over)).status_code

    async def told(self, wanted: int = 1) -> list[str]:
        """What pressers were told, once it is so much."""

        async def look() -> list[str] | None:
            return [each["text"] for each in self.heard] if len(self.heard) >= wanted else None

        return await eventually(look)

    async def acknowledged(self, trunk: str) -> Snapshot:
        """The incident once somebody has it."""

        async def look() -> Snapshot | None:
            story = await self.floor.story(trunk)
            return story if story.acknowledged_by else None

        return await eventually(look)

    async def gone(self, trunk: str) -> None:
        """Wait until an incident asks for nothing any more."""

        async def look() -> bool:
            return (await self.floor.story(trunk)).proposal is None

        await eventually(look)

    async def facts(self, trunk: str, fact: Fact) -> list[str]:
        """The rows of one kind in the incident's timeline."""
        return [each.text for each in (await self.floor.story(trunk)).timeline if each.fact is fact]


@asynccontextmanager
async def ear() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Where answers to pressers go: its address, and what it has heard."""
    heard: list[dict[str, Any]] = []

    async def take(request: Request) -> Response:
        heard.append(await request.json())
        return Response("ok")

    serving = await serve(Starlette(routes=[Route("/{rest:path}", take, methods=["POST"])]), "127.0.0.1", 0)
    try:
        yield serving.url, heard
    finally:
        await serving.stop()


@asynccontextmanager
async def ward(server: Server, client: Client, folder: Path, *, works: bool = True, **over: Any) -> AsyncIterator[Ward]:
    """Everything at work; without `works` there is no worker."""
    floor = Floor(client, server)
    async with AsyncExitStack() as stack:
        url, heard = await stack.enter_async_context(ear())
        if works:
            await stack.enter_async_context(real_crew(client, floor.outside))
        config = configured(folder, slack_responses=url, **over)
        gateway = await stack.enter_async_context(running(config, client))
        yield Ward(floor, gateway, url, heard)


async def opened(room: Ward) -> str:
    """An incident that nobody works on."""
    entity = trunk()
    await room.gateway.event(event(entity))
    await eventually(lambda: described(room.floor.client, entity))
    return entity


async def settled() -> None:
    """Give what must not happen the time to happen."""
    await asyncio.sleep(0.5)
