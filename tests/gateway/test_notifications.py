"""The notification channel: what is pushed is heard, whatever happens to the socket."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from holdline.gateway.listening.echoes import ECHO
from holdline.gateway.listening.reconciliation import DETECTORS
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.notifications.control import By, Misbehaviour
from tests.gateway.hearing import HASTY, QUEUE, TOPIC, TRUNKS, Rig, hearing, polls, sandboxed
from tests.gateway.running import eventually

SOCKET = "genesys websocket"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A gateway that listens, with a channel that is up."""
    async with sandboxed() as sandbox, hearing(sandbox, tmp_path) as rig:
        await rig.up()
        yield rig


async def counted(rig: Rig, source: str, outcome: str, reason: str) -> int:
    """Wait until something was counted; returns how often."""
    return await eventually(lambda: rig.gateway.counted(source, outcome, reason))


async def test_a_trunk_that_fails_is_heard(rig: Rig) -> None:
    """The template stands for every trunk; the event goes the way of every other."""
    rig.sandbox.genesys.set_trunk("Vienna Danube Telecom trunk", connected=False)
    (seen,) = await rig.heard(1)
    assert (SOCKET, "trunk_failure", "breach", SOCKET) == (seen["by"], seen["kind"], seen["verdict"], seen["source"])
    assert {"status": "up", "gaps": 0, "topics": 3, "rejected": 0} == {
        name: each for name, each in (await rig.standing()).items() if name not in ("since", "reason")
    }


async def test_the_same_state_by_both_ways_counts_once(rig: Rig) -> None:
    """Else one recovery would be two healthy observations; a state that comes again counts again."""
    rig.deliver()
    for number, connected in enumerate((False, True, False, True), start=1):
        rig.sandbox.genesys.set_trunk("Vienna Danube Telecom trunk", connected=connected)
        await rig.heard(number)
        await eventually(partial(_reached, rig, "SELECT count(*) FROM events", 2 * number))
    seen = await rig.heard(4)
    assert ["breach", "healthy", "breach", "healthy"] == [each["verdict"] for each in seen]
    dropped = sum([await rig.gateway.counted(source, "dropped", ECHO) for source in ("genesys", SOCKET)])
    assert 4 == dropped


async def _reached(rig: Rig, query: str, wanted: int) -> bool:
    ((found,),) = rig.gateway.rows(query)
    return bool(found >= wanted)


async def test_a_gap_asks_the_detectors_to_look(client: Client, tmp_path: Path) -> None:
    """Once at the start and once for each gap; a detector that does not run has nothing to look at."""
    taken = WorkflowIDConflictPolicy.TERMINATE_EXISTING
    handle = await client.start_workflow(
        "Detector", id=DETECTORS[0], task_queue="nobody-polls-this", id_conflict_policy=taken
    )
    async with sandboxed() as sandbox, hearing(sandbox, tmp_path, temporal=client) as rig:
        await rig.up()
        await eventually(lambda: _asked(client, 1))
        rig.sandbox.genesys.faults.add(
            Fault(kind=FaultKind.STATUS, status=503, times=2, match=Match(method="POST", path="/api/v2/notifications"))
        )
        rig.controls.order(Misbehaviour.DROP)
        await eventually(lambda: _is(rig, "down"))
        rig.sandbox.genesys.set_trunk("Vienna Danube Telecom trunk", connected=False)
        await rig.up(gaps=1)
        await eventually(lambda: _asked(client, 2))
        rig.controls.publish(TOPIC, rig.edge("OFFLINE"), By.SOCKETS)
        assert ["edge_offline"] == [each["kind"] for each in await rig.heard(1)]
        assert [503, 503] == [each for each in rig.asked("/channels", "POST") if each != 200]
    assert 2 == await polls(client, DETECTORS[0])
    await handle.terminate()


async def _asked(client: Client, wanted: int) -> bool:
    return await polls(client, DETECTORS[0]) >= wanted


async def _is(rig: Rig, status: str) -> bool:
    return bool((await rig.standing())["status"] == status)


async def test_a_socket_that_says_nothing_is_stalled(tmp_path: Path) -> None:
    """A pong keeps it; without one it is given up and another is opened."""
    patience = replace(HASTY, silence=timedelta(milliseconds=200))
    async with sandboxed() as sandbox, hearing(sandbox, tmp_path, patience=patience) as rig:
        await rig.up()
        stalled = rig.channels()
        rig.controls.order(Misbehaviour.STALL)
        await rig.up(gaps=1)
        assert stalled != rig.channels()
        rig.controls.publish(TOPIC, rig.edge("OFFLINE"), By.SOCKETS)
        await rig.heard(1)


async def test_a_socket_that_closes_is_replaced_before_it_ends(rig: Rig) -> None:
    """Nothing is lost, nothing counts twice, and there is no gap."""
    (old,) = rig.channels()
    rig.controls.publish(TOPIC, rig.edge("OFFLINE", n=1), By.SOCKETS)
    rig.controls.order(Misbehaviour.SOCKET_CLOSING)
    rig.controls.publish(TOPIC, rig.edge("ONLINE", n=2), By.SOCKETS)

    async def both() -> bool:
        return len(rig.channels()) == 2 and len(rig.asked("/subscriptions", "PUT")) == 2

    await eventually(both)
    rig.controls.publish(TOPIC, rig.edge("OFFLINE", n=3), By.SOCKETS)
    await rig.heard(3)
    rig.sandbox.genesys.channels.close(old)
    rig.controls.publish(TOPIC, rig.edge("ONLINE", n=4), By.SOCKETS)
    seen = await rig.heard(4)
    assert ["breach", "healthy", "breach", "healthy"] == [each["verdict"] for each in seen]
    assert 1 == await counted(rig, SOCKET, "dropped", ECHO)
    assert 0 == (await rig.standing())["gaps"]


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (Misbehaviour.TOKEN_REVOKED, "the token was revoked"),
        (Misbehaviour.NO_LONGER_SUBSCRIBED, "the channel lost its subscriptions"),
        (Misbehaviour.CLOSE, "the socket was closed"),
        (Misbehaviour.DROP, "the socket broke off"),
    ],
)
async def test_a_channel_that_is_lost_is_opened_anew(
    rig: Rig, action: Misbehaviour, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With a new token where it needs one; the gap is told in one sentence."""
    (old,) = rig.channels()
    with caplog.at_level(logging.WARNING, "holdline"):
        rig.controls.order(action)
        await rig.up(gaps=1)
    assert old not in rig.channels()
    rig.controls.publish(TOPIC, rig.edge("OFFLINE"), By.SOCKETS)
    await rig.heard(1)
    gaps = [each for each in caplog.messages if "were lost" in each]
    assert 1 == len(gaps)
    assert why in gaps[0]


async def test_a_throttled_channel_is_opened_when_the_vendor_wishes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """429 on the way to a channel: Retry-After is obeyed, and it is told once."""
    async with sandboxed() as sandbox:
        match = Match(method="POST", path="/api/v2/notifications/channels")
        sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=429, retry_after=1, match=match))
        async with hearing(sandbox, tmp_path) as rig:
            await rig.up()
            assert [429, 200] == rig.asked("/channels", "POST")
    assert 1 == len([each for each in caplog.messages if "No Genesys notifications" in each])


async def test_topics_that_nobody_wants_are_counted(rig: Rig) -> None:
    """Each with a reason; what is not understood is kept for a person."""
    rig.controls.publish("v2.flows.5f3c", {}, By.SOCKETS, always=True)
    assert 1 == await counted(rig, SOCKET, "dropped", "the topic is not one of ours")
    for odd in ({"id": "other", "onlineStatus": "OFFLINE"}, {"status": 1}, [1], None):
        rig.controls.publish(TOPIC, odd, By.SOCKETS)
    assert await eventually(lambda: _reached(rig, "SELECT count(*) FROM events WHERE state = 'quarantined'", 4))
    rig.controls.publish("v2.system.something", {}, By.SOCKETS, always=True)
    rig.controls.publish("v2.subscription.updated", {}, By.SOCKETS, always=True)
    rig.controls.publish(TOPIC, rig.edge("ONLINE"), By.SOCKETS)
    assert ["healthy"] == [each["verdict"] for each in await rig.heard(1)]


async def test_a_rejected_topic_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With the permission that is missing, however often the subscription is renewed."""
    patience = replace(HASTY, renew=timedelta(milliseconds=20))
    topics = (TRUNKS, QUEUE, "v2.analytics.queues.{id}.activity")
    async with sandboxed() as sandbox, hearing(sandbox, tmp_path, topics, patience) as rig:
        await rig.up()
        await eventually(lambda: _renewed(rig, 4))
        standing = await rig.standing()
        assert (2, 0) == (standing["topics"], standing["gaps"])
        assert 1 == len(rig.channels())
    said = [each for each in caplog.messages if "does not send the topic" in each]
    assert 1 == len([each for each in said if "lacks the permission analytics:queueObservation:view" in each])


async def _renewed(rig: Rig, times: int) -> bool:
    return len(rig.asked("/subscriptions", "PUT")) >= times


async def test_a_channel_is_renewed_before_it_ends(tmp_path: Path) -> None:
    """Half-way through its life, so that it outlives it."""
    async with sandboxed(channel_life=timedelta(seconds=4)) as sandbox, hearing(sandbox, tmp_path) as rig:
        await rig.up()
        (channel,) = rig.channels()
        expires = channel.expires
        await eventually(lambda: _renewed(rig, 4))
        assert expires < channel.expires
        assert [channel] == rig.channels()
        assert 0 == (await rig.standing())["gaps"]


async def test_a_full_disk_is_waited_for(rig: Rig) -> None:
    """Nobody sends a message of a channel again."""
    with closing(sqlite3.connect(rig.gateway.config.journal, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        rig.controls.publish(TOPIC, rig.edge("OFFLINE"), By.SOCKETS)
        for _ in range(4):
            assert "not ready" == (await rig.gateway.ready())["status"]
        other.execute("ROLLBACK")
    await rig.heard(1)
    assert await counted(rig, SOCKET, "refused", "journal")


async def test_a_client_that_is_refused_keeps_trying(tmp_path: Path) -> None:
    """The gateway is ready all the same: webhooks still arrive."""
    async with sandboxed() as sandbox:
        everything = Fault(kind=FaultKind.STATUS, status=401, times=None, match=Match(path="/oauth/token"))
        sandbox.genesys.faults.add(everything)
        async with hearing(sandbox, tmp_path) as rig:
            refused = await eventually(lambda: _refused(rig))
            assert refused
            assert "ready" == (await rig.gateway.ready())["status"]
            sandbox.genesys.faults.clear()
            await rig.up()


async def _refused(rig: Rig) -> bool:
    return "refused the OAuth client" in (await rig.standing())["reason"]


async def test_the_address_of_a_channel_is_never_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever knows it hears everything: not in a log, not in the health, not in what is printed of a channel."""
    caplog.set_level(logging.DEBUG)
    async with sandboxed() as sandbox, hearing(sandbox, tmp_path) as rig:
        await rig.up()
        secrets = [channel.secret for channel in rig.channels()]
        rig.controls.order(Misbehaviour.DROP)
        await rig.up(gaps=1)
        secrets += [channel.secret for channel in rig.channels()]
        # The simulator's own server stands for the vendor's log.
        ours = [each.getMessage() for each in caplog.records if not each.name.startswith("uvicorn")]
        told = f"{ours} {await rig.gateway.ready()}"
    assert 2 == len(set(secrets))
    assert [] == [each for each in secrets if each in told]


async def test_many_messages_keep_their_order(rig: Rig) -> None:
    """A burst is heard whole, in the order in which it was told."""
    for number in range(200):
        rig.controls.publish(TOPIC, rig.edge("OFFLINE" if number % 2 else "ONLINE", n=number), By.SOCKETS)
    seen = await rig.heard(200)
    assert ["healthy", "breach"] * 100 == [each["verdict"] for each in seen]


async def test_a_gateway_that_stops_leaves_no_socket_behind(tmp_path: Path) -> None:
    """It closes what it has opened."""
    async with sandboxed() as sandbox:
        async with hearing(sandbox, tmp_path) as rig:
            await rig.up()
        await eventually(lambda: asyncio.sleep(0, all(each.line is None for each in sandbox.genesys.channels.all())))
        assert [] == [each.id for each in sandbox.genesys.channels.all() if each.line is not None]
