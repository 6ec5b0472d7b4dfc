"""What the vendor sees of a budget: counted in the simulator's own log, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from holdline.ports import Throttled
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import GenesysSettings
from tests.clients import rates
from tests.clients.rates import EDGES, LIMIT, WINDOW
from tests.support.processes import program

SECOND = timedelta(seconds=1)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A Genesys whose minute has six seconds, with a vendor's limit of 300 in them."""
    genesys = GenesysSettings(requests_per_minute=300, limit_window=WINDOW)
    async with Sandbox(SandboxSettings(genesys=genesys)).running() as running:
        yield running


async def _process(sandbox: Sandbox, bearer: str, workers: int, number: int) -> int:
    arguments = (sandbox.genesys_url, bearer, str(workers), str(number))
    async with program(rates.REPAIRS, *arguments) as process:
        told, error = await process.communicate()
    assert 0 == process.returncode, error.decode()
    done: int = json.loads(told)["done"]
    return done


@pytest.mark.parametrize(
    "split",
    [pytest.param((50,), id="one worker", marks=pytest.mark.long), pytest.param((17, 17, 16), id="three workers")],
)
async def test_fifty_repairs_stay_within_the_budget(sandbox: Sandbox, split: tuple[int, ...]) -> None:
    """Fifty repairs at once: all end, no second and no minute above the budget, and the vendor refuses nothing."""
    bearer = await rates.token(sandbox)
    done = await asyncio.gather(*(_process(sandbox, bearer, len(split), number) for number in split))
    assert 50 == sum(done)
    assert 250 == len([each for each in sandbox.genesys.requests if each["path"] == EDGES])
    assert {200} == rates.statuses(sandbox)
    assert rates.most(sandbox, SECOND) <= LIMIT.per_second
    assert rates.most(sandbox, WINDOW) <= LIMIT.per_minute


async def test_others_with_the_same_token_leave_us_less(sandbox: Sandbox) -> None:
    """Where somebody else uses half of the vendor's minute, the headers slow us down before it is used up."""
    bearer = await rates.token(sandbox)
    to, ours = rates.wire(sandbox.genesys_url), 0
    stranger = asyncio.create_task(_stranger(sandbox, bearer, 25))
    try:
        async with asyncio.timeout(2.5 * WINDOW.total_seconds()):
            while True:
                await asyncio.gather(*(rates.ask(to, bearer) for _ in range(8)))
                ours += 8
    except TimeoutError:
        pass
    finally:
        stranger.cancel()
        await asyncio.gather(stranger, return_exceptions=True)
        await to.aclose()
    assert {200} == rates.statuses(sandbox)
    assert 180 < ours


async def _stranger(sandbox: Sandbox, bearer: str, each_second: int) -> None:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}) as http:
        while True:
            await http.get(sandbox.genesys_url + EDGES)
            await asyncio.sleep(1 / each_second)


async def test_a_429_holds_every_call_back(sandbox: Sandbox) -> None:
    """After a 429 nobody of this process asks before the time the vendor named, whoever was refused."""
    bearer, to = await rates.token(sandbox), rates.wire(sandbox.genesys_url)
    sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, match=Match(path=EDGES), status=429, retry_after=2))
    with pytest.raises(Throttled) as refused:
        await rates.ask(to, bearer)
    await asyncio.gather(*(rates.ask(to, bearer) for _ in range(5)))
    await to.aclose()
    assert timedelta(seconds=2) == refused.value.retry_after
    first, *later = rates.instants(sandbox)
    assert min(later) >= first + 1.99


async def test_nobody_waits_beyond_their_attempt(sandbox: Sandbox) -> None:
    """A hold longer than the attempt is told at once, with the time to come back, and nothing is sent."""
    bearer, to = await rates.token(sandbox), rates.wire(sandbox.genesys_url)
    sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, match=Match(path=EDGES), status=429, retry_after=100))
    with pytest.raises(Throttled):
        await rates.ask(to, bearer)
    with pytest.raises(Throttled, match=r"asked us to hold back for 1\d\ds; nothing was sent") as refused:
        await rates.ask(to, bearer)
    await to.aclose()
    assert refused.value.retry_after is not None
    assert refused.value.retry_after >= timedelta(seconds=95)
    assert 1 == len(rates.instants(sandbox))
