"""Folding: many waiting events become one signal that says the same as all of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict, folded
from holdline.gateway.backlog import Backlog
from holdline.gateway.batch import IDS, bound, news
from holdline.gateway.journal import Entry, Journal
from holdline.gateway.reading import Source, seen

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
_NUMBERS = count(1)


def observation(verdict: Verdict, second: int, severity: Severity = Severity.HIGH, entity: str = "a") -> Observation:
    """Something that was seen some seconds after NOW."""
    return Observation(
        event_id=f"e{next(_NUMBERS)}",
        source="own",
        kind=IncidentKind.TRUNK_FAILURE,
        entity=Entity(kind=EntityKind.TRUNK, id=entity),
        verdict=verdict,
        severity=severity,
        at=NOW + timedelta(seconds=second),
        reason=f"seen at {second}",
        metrics={"second": float(second)},
    )


@asynccontextmanager
async def holding(path: Path, *observations: Observation) -> AsyncIterator[tuple[Journal, Backlog]]:
    """A journal that holds these, in this order."""
    journal = Journal(path / "j.db")
    try:
        await asyncio.gather(*(keep(journal, each) for each in observations))
        yield journal, Backlog(journal)
    finally:
        await journal.close()


async def keep(journal: Journal, said: Observation, trace: str = "") -> None:
    """Put one observation into the journal."""
    await journal.put([Entry(Source.OWN, seen(said), b"d", NOW.timestamp(), trace)])


LANE = "incident/trunk_failure/a"
B, H, U = Verdict.BREACH, Verdict.HEALTHY, Verdict.UNKNOWN


@pytest.mark.parametrize(
    "said",
    [
        [(B, 0)],
        [(B, 0), (B, 1), (B, 2)],
        [(B, 0), (H, 1), (B, 2), (B, 3)],
        [(H, 5), (B, 1), (B, 3), (U, 2)],
        [(B, 9), (B, 8), (H, 7), (U, 7), (H, 1)],
        [(B, 1), (B, 1), (H, 1), (B, 1)],
    ],
)
async def test_a_batch_says_what_the_domains_folding_says(tmp_path: Path, said: list[tuple[Verdict, int]]) -> None:
    """Only the gists are read, and the last of each run; the result is the one of the whole observations."""
    severities = (Severity.LOW, Severity.CRITICAL, Severity.HIGH)
    all_ = [observation(verdict, second, severities[second % 3]) for verdict, second in said]
    async with holding(tmp_path, *all_) as (_, backlog):
        found = await bound(backlog, LANE)
        assert found is not None
        assert folded(all_) == found.batch.message.observations
        assert len(all_) == found.batch.message.events == found.batch.events
        assert tuple(each.event_id for each in all_) == found.batch.message.ids


async def test_a_batch_that_is_not_confirmed_is_the_next_one(tmp_path: Path) -> None:
    """The members are on disk before anything is sent, so that a crash sends the same again under the same id."""
    async with holding(tmp_path, observation(B, 0), observation(B, 1)) as (journal, backlog):
        first = await bound(backlog, LANE)
        await keep(journal, observation(H, 2))
        again = await bound(backlog, LANE)
        assert first is not None
        assert again is not None
        assert first.batch == again.batch
        assert again.more


async def test_two_gateways_give_the_same_members_the_same_request_id(tmp_path: Path) -> None:
    """The server then takes them once."""
    said = observation(B, 0)
    found = []
    for folder in ("one", "two"):
        async with holding(tmp_path / folder, said) as (_, backlog):
            found.append(await bound(backlog, LANE))
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].batch.request_id == found[1].batch.request_id


async def test_five_hundred_ids_are_named_and_all_events_counted(tmp_path: Path) -> None:
    """The signal stays small however many events are behind it."""
    async with holding(tmp_path, *(observation(B, number) for number in range(1200))) as (_, backlog):
        found = await bound(backlog, LANE)
        assert found is not None
        message = found.batch.message
        assert (1, IDS, 1200, 1200) == (
            len(message.observations),
            len(message.ids),
            message.events,
            message.observations[0].count,
        )
        assert not found.more


async def test_an_entity_that_flaps_fills_several_signals(tmp_path: Path) -> None:
    """I15: a signal holds a bounded number of turns, and the rest comes behind it."""
    async with holding(tmp_path, *(observation((B, H)[number % 2], number) for number in range(1500))) as (_, backlog):
        found = await bound(backlog, LANE)
        assert found is not None
        assert found.more
        assert len(found.batch.observed) < 256 * 1024


async def test_lanes_do_not_mix(tmp_path: Path) -> None:
    """Each cause has its own batch."""
    async with holding(tmp_path, observation(B, 0), observation(B, 0, entity="b")) as (_, backlog):
        found = await bound(backlog, LANE)
        assert found is not None
        assert 1 == found.batch.events
        assert await bound(backlog, "incident/trunk_failure/c") is None


async def test_the_first_trace_is_carried_on(tmp_path: Path) -> None:
    """S3.15: a folded signal continues the trace of the first event that had one."""
    async with holding(tmp_path, observation(B, 0)) as (journal, backlog):
        trace = f"00-{'a' * 32}-{'b' * 16}-01"
        await keep(journal, observation(B, 1), trace)
        found = await bound(backlog, LANE)
        assert found is not None
        assert trace == found.batch.trace


async def test_what_another_release_wrote_is_put_aside(tmp_path: Path) -> None:
    """The rest of the lane goes on."""
    async with holding(tmp_path, observation(B, 0), observation(H, 1)) as (journal, backlog):
        await journal.change(lambda db: db.execute("UPDATE events SET item = '{}' WHERE seq = 1").rowcount)
        found = await bound(backlog, LANE)
        assert found is not None
        assert [H] == [each.verdict for each in found.batch.message.observations]
        ((state,),) = journal.look("SELECT state FROM events WHERE seq = 1")
        assert "quarantined" == state


async def test_the_news_of_a_batch_is_its_last_verdict_at_its_worst(tmp_path: Path) -> None:
    """That is what the next event is compared with."""
    said = [observation(B, 0, Severity.CRITICAL), observation(H, 1, Severity.LOW), observation(B, 2, Severity.LOW)]
    async with holding(tmp_path, *said) as (_, backlog):
        found = await bound(backlog, LANE)
        assert found is not None
        assert (B, Severity.CRITICAL) == news(found.batch.message)
        assert json.loads(found.batch.observed)["events"] == 3
