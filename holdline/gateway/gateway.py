"""One gateway put together: journal, drain, doors and health, from opening to closing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.common import MetricMeter

from holdline.domain.incident import IncidentKind
from holdline.domain.runbook import completed
from holdline.gateway.app import Front, Health, front
from holdline.gateway.backlog import Backlog
from holdline.gateway.clerk import Clerk
from holdline.gateway.config import GatewayConfig, GatewayRefused, check
from holdline.gateway.counters import Counters
from holdline.gateway.deadletters import DeadLetters
from holdline.gateway.dispatch import Dispatch, Orders
from holdline.gateway.door import Door
from holdline.gateway.drain import Drain
from holdline.gateway.entrance import Keys, entrances, fresh_keys, operators, people
from holdline.gateway.fresh import Fresh
from holdline.gateway.journal import Journal, JournalUnavailable
from holdline.gateway.ledger import JournalUnusable
from holdline.gateway.letterbox import Letterbox
from holdline.gateway.linked import Linked
from holdline.gateway.listening.ear import Ear, Hearing
from holdline.gateway.pace import Rhythm
from holdline.gateway.presses import Presses
from holdline.gateway.reading import Source
from holdline.gateway.responses import Responses
from holdline.ports import PageNames, Withdrawals
from holdline.undelivered import EVERY, Pile

_BETWEEN_SECONDS, _PRUNING_SECONDS = 0.05, 600.0
_LATELY = timedelta(hours=1)
_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def gateway(
    config: GatewayConfig,
    client: Client,
    names: PageNames | None = None,
    clock: Callable[[], datetime] = _now,
    ear: Ear | None = None,
    withdrawals: Withdrawals | None = None,
    meter: MetricMeter = MetricMeter.noop,
) -> AsyncIterator[Front]:
    """Open a gateway and yield its ASGI application; at the end deliveries under way finish, the rest is kept.

    `client` may be a lazy one: Temporal need not be there. `ear` listens beside the doors, `withdrawals` tells an
    outage that is meant from one that is not, `meter` has the metrics. Raises GatewayRefused.
    """
    check(config)
    journal = _journal(config)
    backlog, counters = Backlog(journal), Counters(meter)
    responses = Responses(config.slack_responses)
    presses, signing = Presses(client, config.crew), fresh_keys(config, Source.LINK)
    dispatch = Dispatch(client, config.runbooks, Orders(presses, responses), names, withdrawals)
    drain = Drain(backlog, dispatch, _rhythm(config), counters, clock)
    draining = asyncio.create_task(drain.run(), name="drain")
    pruning = asyncio.create_task(_prune(backlog, config, clock), name="prune")
    counting = asyncio.create_task(_count(backlog, client, config, clock), name="count letters")
    hearing = Hearing(ear, client, clock, meter) if ear else None
    ways = entrances(config, responses, hearing.echoes if hearing else None)
    clerk = Clerk(journal, drain.notice, counters, _Masks([*(way.keys for way in ways), signing]), clock)
    linked = Linked(journal, presses, signing, drain.notice, counters, clock)
    letters = DeadLetters(journal, {way.source: way for way in ways}, config.genesys, drain.notice, counters)
    more = [*linked.routes(), *Letterbox(letters, people(config), clock).routes()]
    health = Health(backlog, drain, lambda: not draining.done(), counters, operators(config), clock)
    health.notifications = hearing.standing if hearing else None
    try:
        async with hearing.listening(clerk, config.genesys) if hearing else nullcontext():
            yield front({way.path: Door(way, clerk, config.public_url, config.largest) for way in ways}, health, more)
    finally:
        await _ended(draining, pruning, counting)
        await drain.stop()
        await responses.aclose()
        await journal.close()


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _rhythm(config: GatewayConfig) -> Rhythm:
    return Rhythm(config.coalesce, max(config.coalesce, config.calmest))


def _journal(config: GatewayConfig) -> Journal:
    try:
        return Journal(config.journal)
    except JournalUnusable as error:
        raise GatewayRefused(str(error)) from None


class _Masks:
    """Every form of every live secret, put together anew only when one of them has changed."""

    def __init__(self, keys: Sequence[Fresh[Keys]]) -> None:
        self._keys = keys
        self._of: list[Keys] = []
        self._forms: tuple[bytes, ...] = ()

    def __call__(self) -> tuple[bytes, ...]:
        of = [each.latest for each in self._keys]
        if of != self._of:
            self._of, self._forms = of, tuple(form for keys in of for form in keys.masked)
        return self._forms


async def _prune(backlog: Backlog, config: GatewayConfig, clock: Callable[[], datetime]) -> None:
    """Forget what is older than the memory, a little at a time."""
    while True:
        gone = 0
        with suppress(JournalUnavailable):
            gone = await backlog.prune(config.memory, clock())
        await asyncio.sleep(_BETWEEN_SECONDS if gone else _PRUNING_SECONDS)


async def _count(backlog: Backlog, client: Client, config: GatewayConfig, clock: Callable[[], datetime]) -> None:
    """Say each minute whether what is not understood has become too much; without a runbook there is nobody to ask."""
    if not config.runbooks:
        return
    pile = Pile(client, "events", config.letters, completed(config.runbooks)[IncidentKind.DEAD_LETTERS])
    while True:
        await asyncio.sleep(EVERY.total_seconds())
        with suppress(JournalUnavailable):
            await pile.counted(late(backlog, config.letters, clock()), clock())


def late(backlog: Backlog, most: int, now: datetime) -> int:
    """How many events of the last hour are in quarantine, counted no further than `most`."""
    return sum(now - each.received_at < _LATELY for each in backlog.quarantined(most))
