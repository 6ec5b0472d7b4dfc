"""Notification channels: what templates stand for, what is refused, and an address that stays a secret."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from holdline.clients.genesys import Genesys
from holdline.clients.network import Network
from holdline.ports import Channel, Rejected, Subscription, Unavailable
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.notifications.control import By, Misbehaviour
from tests.clients.scripted import answer, scripted
from tests.contracts.contract import closed_port, failing
from tests.contracts.rig import Rig
from tests.contracts.test_channels import EDGE, channel
from tests.contracts.test_trunks import CALL

TRUNKS = "v2.telephony.providers.edges.trunks.{id}"
EDGES = "v2.telephony.providers.edges.{id}"
QUEUES = "v2.analytics.queues.{id}.activity"


async def subscribed(rig: Rig, *topics: str) -> tuple[Subscription, ...]:
    """The answers to a subscription."""
    return await rig.patient.genesys.notifications.subscribe(channel(rig), topics, CALL)


async def test_a_template_stands_for_all_there_are(rig: Rig) -> None:
    """Each trunk and each edge has a topic; a concrete one is taken as it is."""
    world = rig.sandbox.genesys.world
    answers = await subscribed(rig, TRUNKS, EDGES, EDGE)
    wanted = [TRUNKS.replace("{id}", each) for each in world.trunks] + [
        EDGES.replace("{id}", each) for each in world.edges
    ]
    assert [*wanted, EDGE] == [each.topic for each in answers]
    assert all(each.permitted for each in answers)


async def test_what_cannot_be_listed_spoils_nothing_else(rig: Rig) -> None:
    """The topic is answered like a rejected one, with the vendor's reason."""
    edges = Match(method="GET", path="/api/v2/telephony/providers/edges/trunks")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, match=edges))
    answers = {each.topic: each for each in await subscribed(rig, TRUNKS, "v2.operations.events.{id}", EDGE)}
    assert [False, False, True] == [answers[each].permitted for each in (TRUNKS, "v2.operations.events.{id}", EDGE)]
    assert "grant it" in answers[TRUNKS].reason
    assert "needs an id" in answers["v2.operations.events.{id}"].reason


async def test_a_rejected_topic_names_the_permission(rig: Rig) -> None:
    """So that an operator knows what to grant."""
    (rejected,) = await subscribed(rig, "v2.operations.events.5f3c")
    assert (False, ("usage:events:view",)) == (rejected.permitted, rejected.missing)


async def test_a_channel_holds_a_thousand_topics(rig: Rig) -> None:
    """The thousand and first is told, and the others are subscribed."""
    answers = await subscribed(rig, *(f"v2.telephony.providers.edges.{number}" for number in range(1001)))
    assert (1000, 1) == (sum(each.permitted for each in answers), sum(not each.permitted for each in answers))


async def test_a_socket_hears_what_is_published(rig: Rig) -> None:
    """And answers a ping; when it ends, that is said without its address."""
    opened = await rig.patient.genesys.notifications.open(CALL)
    assert timedelta(hours=23) < opened.life <= timedelta(hours=24, minutes=1)
    assert opened.uri not in repr(opened)
    await rig.patient.genesys.notifications.subscribe(opened, (EDGE,), CALL)
    async with rig.patient.genesys.notifications.listen(opened, CALL) as socket:
        rig.sandbox.genesys.notifications.publish(EDGE, {"n": 1}, By.SOCKETS)
        assert '{"n": 1}' in await socket.next()
        await socket.ping()
        assert "pong" in await socket.next()
        rig.sandbox.genesys.notifications.order(Misbehaviour.CLOSE)
        error = await failing(rig, socket.next())
        assert Unavailable is type(error)
        assert Unavailable is type(await failing(rig, socket.ping()))
    assert opened.uri.rpartition("/")[2] not in "".join(rig.watch.written)


@pytest.mark.parametrize("off", [timedelta(minutes=10), timedelta(minutes=-10)])
async def test_a_clock_that_is_off_is_seen(rig: Rig, off: timedelta) -> None:
    """Ours is ahead, or behind; the channel's life is counted by the vendor's."""
    theirs = datetime.now(UTC) - off
    end = (theirs + timedelta(hours=24)).isoformat()
    answers = [
        answer(200, {"access_token": "token", "expires_in": 3600}),
        answer(200, {"currentDate": theirs.isoformat()}),
        answer(200, {"id": "streaming-1", "connectUri": "ws://x", "expires": end}),
    ]
    async with scripted(*answers) as script, rig.elsewhere(script.url) as clients:
        opened = await clients.genesys.notifications.open(CALL)
    assert [off, timedelta(hours=24)] == [_minutes(each) for each in (opened.ahead, opened.life)]


def _minutes(value: timedelta) -> timedelta:
    return timedelta(minutes=round(value / timedelta(minutes=1)))


async def test_a_vendor_that_never_answers_is_away(rig: Rig) -> None:
    """A connection that is taken and left alone is given up."""
    kept: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: kept.append(writer), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        genesys = rig.hasty.genesys
        error = await failing(rig, connecting(rig, f"ws://127.0.0.1:{port}/canary-pagerduty-token", genesys))
        for writer in kept:
            writer.close()
    assert "not in time" in str(error)


def elsewhere(uri: str) -> Channel:
    """A channel with this address."""
    return Channel(id="streaming-1", uri=uri, life=timedelta(hours=24), ahead=timedelta(0))


async def connecting(rig: Rig, uri: str, genesys: Genesys | None = None) -> None:
    """Connect to an address."""
    async with (genesys or rig.patient.genesys).notifications.listen(elsewhere(uri), CALL):
        raise AssertionError("there is nobody")


@pytest.mark.parametrize("status", [301, 302, 401, 403, 404, 429, 500, 503])
async def test_a_socket_that_is_refused_is_away(rig: Rig, status: int) -> None:
    """No redirect is followed, and the address is not repeated."""
    async with scripted(answer(status, {}, location="ws://127.0.0.1:1/canary-twilio-token")) as script:
        error = await failing(rig, connecting(rig, script.url.replace("http", "ws") + "/canary-pagerduty-token"))
        assert 1 == len(script.requests)
        assert f"X-Request-ID: {CALL.request_id}\r\n".encode() in script.requests[0]
    assert Unavailable is type(error)
    assert str(status) in str(error)


@pytest.mark.parametrize("raw", [b"", b"nonsense\r\n\r\n", answer(200, {}), answer(101, b"")])
async def test_what_is_no_websocket_is_away(rig: Rig, raw: bytes) -> None:
    """Whatever it says instead."""
    async with scripted(raw) as script:
        error = await failing(rig, connecting(rig, script.url.replace("http", "ws") + "/canary-pagerduty-token"))
    assert Unavailable is type(error)


@pytest.mark.parametrize("host", ["nowhere.invalid", "127.0.0.1"])
async def test_a_socket_that_is_not_there_is_away(rig: Rig, host: str) -> None:
    """Neither the host nor the path is told."""
    error = await failing(rig, connecting(rig, f"ws://{host}:{closed_port()}/canary-pagerduty-token"))
    assert Unavailable is type(error)


async def test_an_address_without_tls_is_refused(rig: Rig) -> None:
    """What is heard there would be heard by others; plain WebSocket is only for a plain platform."""
    network = Network(verify=None)
    url = "https://127.0.0.1"
    genesys = Genesys(login_url=url, api_url=url, client_id="x", client_secret=lambda: "x", network=network)
    async with aclosing(genesys):
        for uri in ("ws://127.0.0.1/canary-pagerduty-token", "https://127.0.0.1/canary-pagerduty-token"):
            error = await failing(rig, connecting(rig, uri, genesys))
            assert Rejected is type(error)
