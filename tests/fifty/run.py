"""One run: five incidents one by one, then all of them in one second; workers are killed; everything is put back."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from holdline.domain.observation import Verdict
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.world import World
from tests.endtoend.configuration import UNLIMITED, Plan
from tests.endtoend.process import Process
from tests.endtoend.rig import Rig
from tests.endtoend.sender import Outcome
from tests.fifty.subject import Subject, runbook, shuffled, subjects

LADDER: Final = """
wait = "15m"
stale_after = "30m"
repeats = 0
tiers = [{ name = "first", page = ["pagerduty:primary"] }]
"""
PATIENCE: Final = timedelta(minutes=8)


@dataclass(frozen=True)
class Storm:
    """What to let loose. The gate is told to let `let` through where that is not the promised `cap`.

    Two workers are killed in turn every `kill_every` seconds, at most `kills` times; each write takes `slow` seconds at
    the vendor, so that changes overlap. `limited` keeps the usual budget and patience, and the vendor's own limit.
    """

    seed: int
    trunks: int = 50
    queues: int = 10
    cap: int = 10
    let: int | None = None
    idle: int = 5
    kill_every: float | None = None
    kills: int = 1000
    slow: float = 0.7
    limited: bool = False

    def plan(self) -> Plan:
        """The rig that it needs: a place for each trunk, and one queue more, which takes what overflows."""
        return Plan(
            sites=self.trunks + self.idle,
            queues=self.queues + 1,
            gate=f"blast_trunks = 1000\nblast_queues_percent = 100\ncap = {self.let or self.cap}",
            budget="" if self.limited else UNLIMITED,
            limited=self.limited,
            patience="" if self.limited else 'connect = "2s"\nread = "2s"\nattempt = "4s"',
            ladder=LADDER,
            reading="10m",
            detection=runbook(World(1, self.queues + 1)),
        )


@dataclass
class Ran:
    """A run that has ended, as far as it can be seen from outside; `sent` is when each event went to the gateway."""

    storm: Storm
    rig: Rig
    storming: list[Subject]
    alone: list[Subject]
    sent: dict[str, datetime]
    workers: list[Process]
    seconds: float = 0.0
    unended: tuple[str, ...] = ()


async def let_loose(rig: Rig, storm: Storm) -> Ran:
    """Do it all in a rig that runs."""
    chance = Random(storm.seed)
    found = subjects(rig.sandbox.genesys.world, storm.trunks + storm.idle, chance)
    alone, storming = found[: storm.idle], list(shuffled(found[storm.idle :], chance))
    ran = Ran(storm, rig, storming, alone, {}, [rig.worker, rig.another_worker("worker-2")])
    await ran.workers[1].start()
    _slow_down(rig, storm.slow)
    try:
        for subject in alone:
            await _fail(ran, subject)
            await _changed(rig, [subject])
        await _storm(ran)
    finally:
        await ran.workers[1].stop()
    return ran


async def _storm(ran: Ran) -> None:
    loop = asyncio.get_running_loop()
    since = loop.time()
    killing = asyncio.create_task(_kill(ran))
    try:
        await asyncio.gather(*(_fail(ran, each) for each in ran.storming))
        await _changed(ran.rig, ran.storming)
        ran.seconds = loop.time() - since
        everything = [*ran.alone, *ran.storming]
        await asyncio.gather(*(_heal(ran.rig, each) for each in everything))
        ran.unended = tuple([name for name in await _ended(ran.rig, everything) if name])
    finally:
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)


def _slow_down(rig: Rig, seconds: float) -> None:
    match = Match(method="PUT", path="/api/v2/")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.LATENCY, match=match, times=None, seconds=seconds))


async def _fail(ran: Ran, subject: Subject) -> None:
    """Let it fail, and say so."""
    if subject.id in ran.rig.sandbox.genesys.world.trunks:
        ran.rig.sandbox.genesys.set_trunk(subject.id, connected=False, reason="no response to OPTIONS")
    ran.sent[subject.id] = datetime.now(UTC)
    await _say(ran.rig, subject, subject.event_id, Verdict.BREACH)


async def _heal(rig: Rig, subject: Subject) -> None:
    if subject.id in rig.sandbox.genesys.world.trunks:
        rig.sandbox.genesys.set_trunk(subject.id, connected=True)
    for number in (1, 2):
        await _say(rig, subject, f"well-{number}-{subject.id}", Verdict.HEALTHY)


async def _say(rig: Rig, subject: Subject, event_id: str, verdict: Verdict) -> None:
    body = subject.event(event_id, verdict)
    while (attempt := await rig.sender.send(event_id, body)).outcome is not Outcome.ACCEPTED:
        assert attempt.outcome is Outcome.INDETERMINATE, f"{event_id} was refused: {attempt.answer!r}"
        await asyncio.sleep(0.2)


async def _changed(rig: Rig, wanted: Iterable[Subject]) -> None:
    """Wait until the vendor has committed the change of each; the verdict tells of those that never came."""
    missing = {each.request_id(back=False): each.name for each in wanted}

    def done() -> bool:
        for row in rig.sandbox.genesys.ledger:
            missing.pop(row["request_id"] or "", None)
        return not missing

    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while not done():  # noqa: ASYNC110 - a ledger has no event to wait for
                await asyncio.sleep(0.05)


async def _ended(rig: Rig, wanted: Iterable[Subject]) -> list[str]:
    return await asyncio.gather(*(_ends(rig, each) for each in wanted))


async def _ends(rig: Rig, subject: Subject) -> str:
    try:
        await rig.incidents.closes(subject.workflow_id, PATIENCE)
    except TimeoutError:
        return f"the incident of {subject.name} did not end within {PATIENCE}"
    return ""


async def _kill(ran: Ran) -> None:
    """Kill one worker after the other and start each again at once; the time counts from when all work again."""
    if ran.storm.kill_every is None:
        return
    for number in range(ran.storm.kills):
        await asyncio.sleep(ran.storm.kill_every)
        worker = ran.workers[number % len(ran.workers)]
        await worker.kill()
        await worker.start()
