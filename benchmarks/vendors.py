"""The vendors' simulators in a process of their own, as vendors are, telling when each request arrives."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import Scope

from benchmarks.arrivals import Arrivals
from benchmarks.story import Trunk
from holdline.settings import Settings
from holdline.settings.loading import load
from holdline.simulators.ledger import RequestLog, request_id
from holdline.simulators.sandbox import Sandbox, SandboxSettings


@dataclass(frozen=True)
class Vendors:
    """Where the simulators are, and the trunks that are down there."""

    genesys: str
    pagerduty: str
    trunks: tuple[Trunk, ...]

    def settings(self) -> Settings:
        """What a worker needs to call them with the product's own clients."""
        plain = SandboxSettings()
        oauth, pagerduty = plain.genesys.clients[0], plain.pagerduty
        environ = {
            "HOLDLINE_GENESYS__LOGIN_URL": self.genesys,
            "HOLDLINE_GENESYS__API_URL": self.genesys,
            "HOLDLINE_GENESYS__CLIENT_ID": oauth.id,
            "HOLDLINE_GENESYS__CLIENT_SECRET": oauth.secret,
            "HOLDLINE_GENESYS__REQUESTS_PER_MINUTE": "100000",
            "HOLDLINE_GENESYS__REQUESTS_PER_SECOND": "10000",
            "HOLDLINE_PAGERDUTY__REQUESTS_PER_MINUTE": "100000",
            "HOLDLINE_PAGERDUTY__REQUESTS_PER_SECOND": "10000",
            "HOLDLINE_PAGERDUTY__EVENTS_URL": self.pagerduty,
            "HOLDLINE_PAGERDUTY__REST_URL": self.pagerduty,
            "HOLDLINE_PAGERDUTY__TOKEN": pagerduty.rest_token,
            "HOLDLINE_PAGERDUTY__SERVICES__ONE": pagerduty.services[0].routing_key,
            "HOLDLINE_PAGERDUTY__SERVICES__TWO": pagerduty.services[1].routing_key,
        }
        return load(Path(os.devnull), environ)


@asynccontextmanager
async def vendors(arrivals: Arrivals, sites: int) -> AsyncIterator[Vendors]:
    """Run the simulators without rate limits, one trunk of every site down, until the block ends."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "benchmarks.vendors", str(sites))
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1_000_000)
    assert child.stdin is not None
    assert child.stdout is not None
    found = json.loads(await child.stdout.readline())
    listening = asyncio.create_task(_listen(child.stdout, arrivals))
    try:
        yield Vendors(found["genesys"], found["pagerduty"], tuple(Trunk(*each) for each in found["trunks"]))
    finally:
        child.stdin.close()
        await child.wait()
        await listening


async def _listen(lines: asyncio.StreamReader, arrivals: Arrivals) -> None:
    async for line in lines:
        moment, *names = line.decode().split()
        arrivals.note(*names, at=float(moment))


class Telling(RequestLog):
    """A log of requests that tells the time of each; the last part of a path is what it is about."""

    def note(self, scope: Scope) -> dict[str, Any]:
        """Write a request down, as soon as its headers are read."""
        print(time.perf_counter(), request_id(scope) or "", scope["path"].rpartition("/")[2], flush=True)
        return super().note(scope)


async def serve(sites: int) -> None:
    """Serve until the standard input ends, also where the process that wanted it was killed."""
    plain = SandboxSettings().without_limits()
    genesys = plain.genesys.model_copy(update={"sites": sites})
    sandbox = Sandbox(plain.model_copy(update={"genesys": genesys}))
    for simulator in sandbox.simulators():
        simulator.requests = Telling()
    async with sandbox.running():
        places = sandbox.genesys.world.places
        for place in places:
            sandbox.genesys.set_trunk(place.primary_trunk_id, connected=False)
        failing = [(place.primary_trunk_id, f"{place.site_id}/{place.route_id}") for place in places]
        print(json.dumps({**sandbox.urls(), "trunks": failing}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
