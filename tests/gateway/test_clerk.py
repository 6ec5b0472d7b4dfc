"""Many deliveries at one time: each gets its own answer, and 202 none that is not on disk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdline.gateway.answers import Answer
from holdline.gateway.authentic import Delivery
from holdline.gateway.clerk import Clerk
from holdline.gateway.counters import Counters
from holdline.gateway.entrance import Entrance, entrances
from holdline.gateway.journal import Journal, Put
from holdline.gateway.pace import News
from holdline.gateway.reading import Reading
from holdline.gateway.responses import Responses
from tests.gateway.events import event, raw, signed, trunk
from tests.gateway.running import configured, nowhere, rows, running


@dataclass
class Desk:
    """A clerk at work, and what the drain has been told."""

    clerk: Clerk
    own: Entrance
    journal: Journal
    counters: Counters
    noticed: list[str]

    def take(self, body: bytes, entrance: Entrance | None = None) -> asyncio.Task[Answer]:
        """Hand a signed delivery in."""
        headers = [(name.lower().encode(), value.encode()) for name, value in signed(body).items()]
        return asyncio.create_task(self.clerk.take(entrance or self.own, Delivery(body, headers)))


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """A clerk with a journal."""
    journal, counters = Journal(folder / "journal.db"), Counters()
    noticed: list[str] = []

    def notice(lane: str, _news: News | None) -> None:
        noticed.append(lane)

    clerk = Clerk(journal, notice, counters, tuple, lambda: datetime.now(UTC))
    try:
        entrance = entrances(configured(folder), Responses("https://hooks.slack.com"))[0]
        yield Desk(clerk, entrance, journal, counters, noticed)
    finally:
        await journal.close()


def kept(folder: Path) -> list[str]:
    """The ids in the journal."""
    return [event_id for (event_id,) in rows(folder / "journal.db", "SELECT event_id FROM events ORDER BY seq")]


def bodies(many: int) -> dict[str, bytes]:
    """Events by their ids."""
    entity = trunk()
    return {f"e{number:03d}": raw(event(entity, event_id=f"e{number:03d}")) for number in range(many)}


def mistaken(entrance: Entrance) -> Entrance:
    """An entrance with a mistake of ours in its reading."""

    def read(_delivery: Delivery, _now: datetime) -> Reading:
        raise LookupError("a mistake")

    return replace(entrance, read=read)


def mute(entrance: Entrance) -> Entrance:
    """An entrance with a mistake of ours in its reply."""

    def reply(_reading: Reading, _put: Put) -> bytes:
        raise LookupError("a mistake")

    return replace(entrance, reply=reply)


async def test_together_they_are_kept_in_the_order_they_came(tmp_path: Path) -> None:
    """And the drain hears of each."""
    async with desk(tmp_path) as here:
        sent = bodies(300)
        answers = await asyncio.gather(*(here.take(body) for body in sent.values()))
        assert {202} == {answer.status for answer in answers}
        assert (list(sent), 300) == (kept(tmp_path), len(here.noticed))


async def test_a_mistake_in_reading_costs_nobody_else_anything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are kept and answered; the one gets 500, and the log says why."""
    async with desk(tmp_path) as here:
        first, second, third = bodies(3).values()
        tasks = here.take(first), here.take(second, mistaken(here.own)), here.take(third)
        assert [202, 500, 202] == [answer.status for answer in await asyncio.gather(*tasks)]
        assert ["e000", "e002"] == kept(tmp_path)
        assert 1 == here.counters.of("own", "refused", "a mistake of ours")
    assert "This is a mistake in Holdline." in caplog.text


async def test_a_mistake_in_a_reply_costs_nobody_else_anything(tmp_path: Path) -> None:
    """The event is kept and the drain knows of it, like of those that came with it."""
    async with desk(tmp_path) as here:
        first, second, third = bodies(3).values()
        tasks = here.take(first), here.take(second, mute(here.own)), here.take(third)
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [Answer, LookupError, Answer] == [type(each) for each in found]
        assert (["e000", "e001", "e002"], 3) == (kept(tmp_path), len(here.noticed))


async def test_the_same_event_twice_at_once_is_new_once(tmp_path: Path) -> None:
    """G5: and one with its id and another body is told apart."""
    async with desk(tmp_path) as here:
        first, other = (raw(event(trunk(), event_id="e")) for _ in range(2))
        answers = await asyncio.gather(*(here.take(body) for body in (first, first, other)))
        assert [False, True, True] == [b"duplicate" in answer.body for answer in answers]
        assert ["e"] == kept(tmp_path)
        assert [1, 1] == [here.counters.of("own", "duplicate", each) for each in (Put.DUPLICATE, Put.CONFLICT)]


async def test_a_sender_that_is_gone_disturbs_nobody(tmp_path: Path) -> None:
    """Its event is kept all the same: it was complete."""
    async with desk(tmp_path) as here:
        first, second = (here.take(body) for body in bodies(2).values())
        await asyncio.sleep(0)
        first.cancel()
        assert 202 == (await second).status
        assert ["e000", "e001"] == kept(tmp_path)


@pytest.mark.parametrize("turns", range(5))
async def test_closing_leaves_nobody_unanswered(tmp_path: Path, turns: int) -> None:
    """S3.3: whatever the moment, who got 202 is on disk, and who is not on disk got 503."""
    async with desk(tmp_path) as here:
        sent = {event_id: here.take(body) for event_id, body in bodies(50).items()}
        for _ in range(turns):
            await asyncio.sleep(0)
    answers = {event_id: (await task).status for event_id, task in sent.items()}
    assert {event_id: 202 if event_id in kept(tmp_path) else 503 for event_id in sent} == answers


async def test_a_turn_that_fails_leaves_nobody_waiting(tmp_path: Path) -> None:
    """A clock that stands still in the wrong way is a mistake of ours; everybody hears that."""
    async with desk(tmp_path) as here:
        failing: Callable[[], datetime] = [].pop
        clerk = Clerk(here.journal, lambda _lane, _news: None, here.counters, tuple, failing)
        answers = await asyncio.gather(*(clerk.take(here.own, Delivery(body, [])) for body in bodies(3).values()))
        assert [500, 500, 500] == [answer.status for answer in answers]


async def test_a_sender_that_leaves_within_its_body_leaves_nothing(tmp_path: Path) -> None:
    """Half an event is none: it is neither kept nor counted, and the next one is taken."""
    async with running(configured(tmp_path), await nowhere()) as gateway:
        body = raw(event(trunk(), event_id="half"))
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
        request = f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode()
        _, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
        writer.write(request + body[:20])
        await writer.drain()
        writer.close()
        assert 202 == (await gateway.event(event(trunk(), event_id="whole"))).status_code
        assert ["whole"] == kept(tmp_path)
        assert 0 == await gateway.counted("own", "refused")
