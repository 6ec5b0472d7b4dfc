"""Turns within one process: who goes first, who is refused, and what an answer's headers change."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from holdline.clients.budget import Budget, Rank, Turn
from holdline.clients.exchange import Ask
from holdline.clients.share import Limit
from holdline.ports import Call, Throttled, Unavailable
from tests.clients.rates import wire
from tests.clients.scripted import answer, scripted
from tests.clients.shapes import Anything

ONE = Limit(per_second=1, per_minute=600)
PLENTY = Limit(per_second=1000, per_minute=10_000)
READ = Ask(method="GET", route="/things")
WRITE = Ask(method="POST", route="/things", json={})


def now() -> float:
    """The loop's clock."""
    return asyncio.get_running_loop().time()


async def _asked(budget: Budget, order: list[str], name: str, turn: Turn) -> None:
    await budget.admit(turn)
    order.append(name)
    budget.give()


async def test_changes_go_first_and_polling_last() -> None:
    """Of those who wait an incident's first look goes first, then a change, a reading and polling."""
    budget, order, began = Budget("Vendor", Limit(per_second=5, per_minute=600)), list[str](), now()
    for _ in range(5):
        await budget.admit(Turn(Rank.CHANGE))
    turns = {"polling": Rank.ROUTINE, "reading": Rank.READING, "change": Rank.CHANGE, "look": Rank.LOOK}
    waiting = [asyncio.create_task(_asked(budget, order, each, Turn(rank, began))) for each, rank in turns.items()]
    await asyncio.sleep(0)
    for _ in range(5):
        budget.give()
    await asyncio.gather(*waiting)
    assert ["look", "change", "reading", "polling"] == order


async def test_whoever_waits_is_overtaken_for_a_while_only() -> None:
    """Polling that has waited longer than a change may overtake it goes first."""
    budget, order, began = Budget("Vendor", ONE), list[str](), now()
    await budget.admit(Turn(Rank.CHANGE))
    waiting = [
        asyncio.create_task(_asked(budget, order, "change", Turn(Rank.CHANGE, began))),
        asyncio.create_task(_asked(budget, order, "polling", Turn(Rank.ROUTINE, began - 15))),
    ]
    await asyncio.sleep(0)
    budget.give()
    await asyncio.gather(*waiting)
    assert ["polling", "change"] == order


async def test_a_turn_that_comes_too_late_is_refused_at_once() -> None:
    """Whoever cannot have a turn in time is told so before waiting, and takes no turn from anybody."""
    budget = Budget("Vendor", ONE)
    await budget.admit(Turn(Rank.CHANGE))
    budget.give()
    with pytest.raises(Throttled, match="our budget has no turn free for 1s; nothing was sent"):
        await budget.admit(Turn(Rank.READING, by=now() + 0.5))


async def test_a_request_that_hangs_gives_way_in_time() -> None:
    """Where every place is kept by a request without an answer, the next one is refused when its time is over."""
    budget = Budget("Vendor", ONE)
    await budget.admit(Turn(Rank.CHANGE))
    with pytest.raises(Throttled):
        await budget.admit(Turn(Rank.READING, by=now() + 0.05))


async def test_whoever_gives_up_takes_no_turn() -> None:
    """A caller that is cancelled while it waits leaves its turn to the next one."""
    budget, order = Budget("Vendor", ONE), list[str]()
    await budget.admit(Turn(Rank.CHANGE))
    leaving = asyncio.create_task(_asked(budget, order, "leaving", Turn(Rank.CHANGE)))
    staying = asyncio.create_task(_asked(budget, order, "staying", Turn(Rank.CHANGE)))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    budget.give()
    await staying
    assert ["staying"] == order


async def test_a_turn_that_nobody_takes_any_more_goes_back() -> None:
    """A caller that is cancelled in the very moment in which it is its turn keeps no place for ever."""
    budget, order = Budget("Vendor", ONE), list[str]()
    await budget.admit(Turn(Rank.CHANGE))
    leaving = asyncio.create_task(_asked(budget, order, "leaving", Turn(Rank.CHANGE)))
    await asyncio.sleep(0)
    budget.give()
    assert budget._alarm is not None
    # In the same pass of the loop, after the turn was granted and before anybody has taken it.
    asyncio.get_running_loop().call_at(budget._alarm.when() + 1e-9, leaving.cancel)
    await asyncio.gather(leaving, return_exceptions=True)
    async with asyncio.timeout(5):
        await _asked(budget, order, "staying", Turn(Rank.CHANGE))
    assert ["staying"] == order


async def test_a_429_without_a_time_is_answered_with_patience() -> None:
    """Where the vendor names no time the patience doubles with each round of refusals."""
    budget = Budget("Vendor", PLENTY)
    budget.learn(429, {})
    budget.learn(429, {})
    with pytest.raises(Throttled) as first:
        await budget.admit(Turn(Rank.READING, by=now() + 0.01))
    assert first.value.retry_after is not None
    assert timedelta(seconds=1) <= first.value.retry_after < timedelta(seconds=1.3)
    assert 2 == budget.throttlings


async def test_a_window_that_is_used_up_is_waited_for() -> None:
    """When the headers leave nothing of the window, nothing is sent until it ends."""
    budget = Budget("Vendor", PLENTY)
    budget.learn(200, {"ratelimit-limit": "100", "ratelimit-remaining": "0", "ratelimit-reset": "30"})
    with pytest.raises(Throttled) as refused:
        await budget.admit(Turn(Rank.READING, by=now() + 20))
    assert refused.value.retry_after is not None
    assert refused.value.retry_after >= timedelta(seconds=29)


@pytest.mark.parametrize("said", ["-5", "1e3", "", "9" * 30, "²", "nan"])
async def test_headers_that_mean_nothing_change_nothing(said: str) -> None:
    """What is no whole number is not believed."""
    budget, order = Budget("Vendor", PLENTY), list[str]()
    budget.learn(200, {"inin-ratelimit-count": said, "inin-ratelimit-allowed": "1", "inin-ratelimit-reset": "60"})
    for name in "abcde":
        await _asked(budget, order, name, Turn(Rank.READING, by=now() + 0.01))
    assert list("abcde") == order


async def test_no_change_waits_beyond_its_fence() -> None:
    """A change that would get its turn only when the lock is another's is not sent."""
    async with scripted(answer(200, {})) as script:
        to = wire(script.url, ONE)
        await to.attempt(Call(request_id="r-1", effect="e")).read(READ, Anything)
        until = datetime.now(UTC) + timedelta(seconds=0.5)
        with pytest.raises(Throttled):
            await to.attempt(Call(request_id="r-2", effect="e", until=until)).write(WRITE, Anything)
        await to.aclose()
    assert 1 == len(script.requests)


class Silenced(Call):
    """A change whose worker is taken for dead while it waits for its turn."""

    _asked: int = 0

    @property
    def fence(self) -> datetime | None:
        """Far away at first, and over from then on."""
        self._asked += 1
        return datetime.now(UTC) + timedelta(hours=1 if self._asked == 1 else -1)


async def test_a_change_that_is_given_up_while_it_waits_is_not_sent() -> None:
    """The lock may be another's when its turn comes; the place that it leaves is free."""
    async with scripted(answer(200, {})) as vendor:
        to = wire(vendor.url, PLENTY)
        call = Silenced(request_id="r", effect="e", until=datetime.now(UTC) + timedelta(hours=1))
        with pytest.raises(Unavailable, match="POST was not sent"):
            await to.attempt(call).write(WRITE, Anything)
        await to.attempt(Call(request_id="r-2", effect="e")).read(READ, Anything)
        assert ["GET /things"] == vendor.paths
        await to.aclose()
