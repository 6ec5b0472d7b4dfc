"""Requests at a steady pace by a process of its own, and what the simulator saw of them."""

import asyncio
import json
import sys
from bisect import bisect_left
from datetime import datetime, timedelta

import httpx

from holdline.clients.budgets import Budgets
from holdline.clients.exchange import Ask
from holdline.clients.network import Limits, Network
from holdline.clients.share import Limit
from holdline.clients.wire import Endpoint, Wire
from holdline.ports import Call, Throttled
from holdline.simulators.sandbox import Sandbox
from tests.clients.shapes import Anything

EDGES = "/api/v2/telephony/providers/edges"
WINDOW = timedelta(seconds=6)
LIMIT = Limit(per_second=40, per_minute=240, window=WINDOW)
CALL = Call(request_id="request-1", effect="effect")

REPAIRS = """
import asyncio, sys
from tests.clients.rates import repairs
asyncio.run(repairs(*sys.argv[1:]))
"""


async def token(sandbox: Sandbox) -> str:
    """A fresh token of the first client."""
    known = sandbox.settings.genesys.clients[0]
    async with httpx.AsyncClient() as http:
        form = {"grant_type": "client_credentials"}
        answer = await http.post(f"{sandbox.genesys_url}/oauth/token", data=form, auth=(known.id, known.secret))
    return str(answer.json()["access_token"])


def wire(url: str, limit: Limit = LIMIT, workers: int = 1, patience: timedelta = timedelta(seconds=20)) -> Wire:
    """A wire to Genesys with a budget."""
    network = Network(limits=Limits(attempt=patience), budgets=Budgets({"Genesys": limit}, workers))
    return Wire(Endpoint(vendor="Genesys", credential="OAuth client", url=url, network=network))


async def ask(to: Wire, bearer: str, call: Call = CALL) -> None:
    """Read the list of edges."""
    headers = {"Authorization": f"Bearer {bearer}"}
    await to.attempt(call).read(Ask(method="GET", route=EDGES, headers=headers), Anything)


async def repairs(url: str, bearer: str, workers: str, number: str) -> None:
    """Do `number` repairs at once, five requests one after the other each, and print how many were done."""
    to = wire(url, workers=int(workers))
    done = await asyncio.gather(*(_repair(to, bearer) for _ in range(int(number))))
    await to.aclose()
    sys.stdout.write(json.dumps({"done": sum(done)}) + "\n")
    sys.stdout.flush()


async def _repair(to: Wire, bearer: str) -> bool:
    for _ in range(5):
        while True:
            try:
                await ask(to, bearer)
                break
            except Throttled as error:
                await asyncio.sleep(error.retry_after.total_seconds() if error.retry_after else 1)
    return True


def instants(sandbox: Sandbox) -> list[float]:
    """When the simulator saw the requests on the platform API, in seconds."""
    seen = [each for each in sandbox.genesys.requests if each["path"] == EDGES]
    return sorted(datetime.fromisoformat(each["at"]).timestamp() for each in seen)


def most(sandbox: Sandbox, window: timedelta) -> int:
    """The most requests that the simulator saw on the platform API within any window."""
    found, length = instants(sandbox), window.total_seconds()
    return max(bisect_left(found, first + length) - index for index, first in enumerate(found))


def statuses(sandbox: Sandbox) -> set[int]:
    """How the simulator answered on the platform API."""
    return {each["status"] for each in sandbox.genesys.requests if each["path"] == EDGES}
