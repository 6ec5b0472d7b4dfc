"""Notification channels: REST, real sockets, their limits and their misbehaviour."""

import asyncio
import importlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from holdline.simulators.genesys.notifications.channels import MOST_CHANNELS, MOST_TOPICS
from holdline.simulators.genesys.notifications.control import By, Misbehaviour
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import EventTarget, GenesysSettings
from tests.simulators.receiver import Receiver
from tests.simulators.vendors import Vendors

ROOT = "/api/v2/notifications"
EDGE = "v2.telephony.providers.edges.5f3c0e6a-0000-4000-8000-00000000000a"
QUEUE = "v2.analytics.queues.5f3c0e6a-0000-4000-8000-00000000000b.activity"


async def opened(vendors: Vendors, *topics: str) -> dict[str, Any]:
    """A channel that is subscribed to these topics."""
    channel: dict[str, Any] = (await vendors.genesys("POST", f"{ROOT}/channels")).json()
    if topics:
        assert 200 == (await subscribed(vendors, channel, *topics)).status_code
    return channel


async def subscribed(vendors: Vendors, channel: dict[str, Any], *topics: str, query: str = "") -> httpx.Response:
    """The answer to a subscription in the place of what was subscribed."""
    path = f"{ROOT}/channels/{channel['id']}/subscriptions{query}"
    return await vendors.genesys("PUT", path, json=[{"id": topic} for topic in topics])


@asynccontextmanager
async def listening(channel: dict[str, Any]) -> AsyncIterator[ClientConnection]:
    """A socket on a channel."""
    async with connect(channel["connectUri"], proxy=None) as socket:
        yield socket


async def heard(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def test_a_change_reaches_sockets_and_eventbridge(sandbox: Sandbox, vendors: Vendors, receiver: Receiver) -> None:
    """The same body by both ways; a socket has neither the event's id nor its time."""
    sandbox.genesys.target = EventTarget(url=receiver.url)
    topic = f"v2.telephony.providers.edges.trunks.{vendors.vienna.primary_trunk_id}"
    async with listening(await opened(vendors, topic)) as socket:
        sandbox.genesys.set_trunk(vendors.vienna.primary_trunk_id, connected=False)
        message = await heard(socket)
    (post,) = await receiver.at_least(1)
    assert json.loads(post.body)["detail"]["eventBody"] == message["eventBody"]
    assert (topic, "2", False) == (
        message["topicName"],
        message["version"],
        message["eventBody"]["connectedStatus"]["connected"],
    )


async def test_edges_and_queues_tell_on_their_topics(sandbox: Sandbox, receiver: Receiver) -> None:
    """By both ways; a queue that is idle leaves its data out, and an edge that stays online says nothing."""
    sandbox.genesys.target = EventTarget(url=receiver.url)
    edge, queue = (next(iter(each)) for each in (sandbox.genesys.world.edges, sandbox.genesys.world.queues))
    async with httpx.AsyncClient(base_url=f"{sandbox.genesys_url}/_sim/world", trust_env=False) as http:
        for online in (False, False, True):
            await http.post(f"/edges/{edge}", json={"online": online})
        await http.post(f"/queues/{queue}", json={"waiting": [700, 20], "told": "duration"})
        await http.post(f"/queues/{queue}", json={"waiting": None})
    details = [json.loads(post.body)["detail"] for post in await receiver.at_least(4)]
    bodies: dict[str, list[Any]] = {each["topicName"]: [] for each in details}
    for each in details:
        bodies[each["topicName"]].append(each["eventBody"])
    edges = bodies[f"v2.telephony.providers.edges.{edge}"]
    assert ["OFFLINE", "ONLINE"] == sorted(each["onlineStatus"] for each in edges)
    idle, busy = sorted(bodies[f"v2.analytics.queues.{queue}.activity"], key=lambda each: "data" in each["results"][0])
    assert {"results": [{"mediaType": "voice"}]} == idle
    waiting, longest = busy["results"][0]["data"]
    assert ({"metric": "oWaiting", "count": 2}, "oLongestWaiting") == (waiting, longest["metric"])
    assert 700_000 <= longest["calculatedMetricValue"] < 800_000


async def test_only_what_is_subscribed_is_told(sandbox: Sandbox, vendors: Vendors) -> None:
    """Unless a control wants it otherwise."""
    async with listening(await opened(vendors, EDGE)) as socket:
        assert 0 == sandbox.genesys.notifications.publish(QUEUE, {}, By.SOCKETS)
        assert 1 == sandbox.genesys.notifications.publish(QUEUE, {"odd": 1}, By.SOCKETS, always=True)
        said = await heard(socket)
        assert (QUEUE, {"odd": 1}) == (said["topicName"], said["eventBody"])


async def test_a_subscription_tells_what_is_missing(vendors: Vendors) -> None:
    """With ignoreErrors each topic has its answer; without it one bad topic spoils them all."""
    channel = await opened(vendors)
    asked = (EDGE, QUEUE, "v2.telephony.providers.edges.{id}", "v2.nonsense")
    answer = (await subscribed(vendors, channel, *asked, query="?ignoreErrors=true")).json()["entities"]
    assert ["Permitted", "Rejected", "Rejected", "Rejected"] == [each["state"] for each in answer]
    assert ["analytics:queueObservation:view"] == answer[1]["missingPermissions"]
    listed = (await vendors.genesys("GET", f"{ROOT}/channels/{channel['id']}/subscriptions")).json()
    assert [EDGE] == [each["id"] for each in listed["entities"]]
    assert 400 == (await subscribed(vendors, channel, *asked)).status_code


async def test_a_channel_has_a_thousand_topics(vendors: Vendors) -> None:
    """And not one more."""
    channel = await opened(vendors)
    topics = [f"v2.telephony.providers.edges.{number}" for number in range(MOST_TOPICS + 1)]
    assert 200 == (await subscribed(vendors, channel, *topics[:-1])).status_code
    assert 400 == (await subscribed(vendors, channel, *topics)).status_code


async def test_the_twenty_first_channel_evicts_the_oldest(vendors: Vendors) -> None:
    """The oldest one's socket is closed, and nobody finds it any more."""
    oldest = await opened(vendors)
    async with listening(oldest) as socket:
        for _ in range(MOST_CHANNELS):
            await opened(vendors)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert 404 == (await vendors.genesys("HEAD", f"{ROOT}/channels/{oldest['id']}")).status_code
    assert MOST_CHANNELS == len((await vendors.genesys("GET", f"{ROOT}/channels")).json()["entities"])


async def test_the_second_socket_takes_the_place_of_the_first(sandbox: Sandbox, vendors: Vendors) -> None:
    """One socket for a channel."""
    channel = await opened(vendors, EDGE)
    async with listening(channel) as first, listening(channel) as second:
        with pytest.raises(ConnectionClosed):
            await first.recv()
        sandbox.genesys.notifications.publish(EDGE, {}, By.SOCKETS)
        assert EDGE == (await heard(second))["topicName"]


async def test_a_ping_is_answered(vendors: Vendors) -> None:
    """By a pong on the topic of the heartbeats; what is no ping is not."""
    async with listening(await opened(vendors)) as socket:
        for text in ("nonsense", "[]", '{"message":"ping"}'):
            await socket.send(text)
        assert ("channel.metadata", {"message": "pong"}) == (
            (said := await heard(socket))["topicName"],
            said["eventBody"],
        )


async def test_a_channel_nobody_knows_has_no_socket(sandbox: Sandbox) -> None:
    """The path is the proof."""
    with pytest.raises(InvalidStatus):
        async with connect(sandbox.genesys_url.replace("http", "ws") + "/notifications/guess", proxy=None):
            pass


@pytest.mark.parametrize(
    ("action", "topic"),
    [
        (Misbehaviour.SOCKET_CLOSING, "v2.system.socket_closing"),
        (Misbehaviour.TOKEN_REVOKED, "v2.system.token_revoked."),
        (Misbehaviour.NO_LONGER_SUBSCRIBED, "v2.system.no_longer_subscribed."),
    ],
)
async def test_what_the_vendor_says_about_a_channel(
    sandbox: Sandbox, vendors: Vendors, action: Misbehaviour, topic: str
) -> None:
    """Each has a topic of its own, which nobody subscribes to."""
    async with listening(await opened(vendors, EDGE)) as socket:
        answer = await vendors.http.post(f"{sandbox.genesys_url}/_sim/notifications", json={"action": action.value})
        assert {"action": action.value, "channels": 1} == answer.json()
        assert (await heard(socket))["topicName"].startswith(topic)


async def test_a_stalled_socket_is_open_and_says_nothing(sandbox: Sandbox, vendors: Vendors) -> None:
    """What is published meanwhile is lost."""
    async with listening(await opened(vendors, EDGE)) as socket:
        sandbox.genesys.notifications.order(Misbehaviour.STALL)
        url = f"{sandbox.genesys_url}/_sim/publish"
        await vendors.http.post(url, json={"topic": EDGE, "body": {"lost": True}, "by": "sockets"})
        sandbox.genesys.notifications.order(Misbehaviour.RESUME)
        await vendors.http.post(url, json={"topic": EDGE, "body": {"lost": False}, "by": "sockets"})
        assert {"lost": False} == (await heard(socket))["eventBody"]


@pytest.mark.parametrize("action", [Misbehaviour.DROP, Misbehaviour.CLOSE])
async def test_a_socket_ends(sandbox: Sandbox, vendors: Vendors, action: Misbehaviour) -> None:
    """With a word or without; a channel that was closed is gone, one whose socket dropped is not."""
    channel = await opened(vendors, EDGE)
    async with listening(channel) as socket:
        sandbox.genesys.notifications.order(action)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    alive = (await vendors.genesys("HEAD", f"{ROOT}/channels/{channel['id']}")).status_code
    assert (200 if action is Misbehaviour.DROP else 404) == alive


async def test_a_channel_lives_on_when_it_is_subscribed_again() -> None:
    """It ends when its time is over, and heartbeats come until then."""
    settings = GenesysSettings(channel_life=timedelta(seconds=2), heartbeat=timedelta(milliseconds=10))
    async with Sandbox(SandboxSettings(genesys=settings)).running() as sandbox, httpx.AsyncClient() as http:
        vendors = Vendors(sandbox, http)
        channel = await opened(vendors, EDGE)
        first = sandbox.genesys.channels.all()[0].expires
        await subscribed(vendors, channel, EDGE)
        assert first < sandbox.genesys.channels.all()[0].expires
        async with listening(channel) as socket:
            assert {"message": "WebSocket Heartbeat"} == (await heard(socket))["eventBody"]
            async for _ in socket:
                pass
        assert [] == sandbox.genesys.channels.all()


def story(platform: Any, sandbox: Sandbox) -> dict[str, Any]:
    """Open a channel, subscribe it, list, verify and empty it."""
    client = sandbox.settings.genesys.clients[0]
    api = platform.ApiClient(host=sandbox.genesys_url)
    api.get_client_credentials_token(client.id, client.secret)
    notifications = platform.NotificationsApi(api)
    channel = notifications.post_notifications_channels()
    wishes = [platform.ChannelTopic() for _ in range(2)]
    wishes[0].id, wishes[1].id = EDGE, QUEUE
    put = notifications.put_notifications_channel_subscriptions(channel.id, wishes, ignore_errors=True)
    return {
        "channel": channel.connect_uri.startswith("ws://127.0.0.1:") and channel.expires.tzinfo is not None,
        "listed": [each.id for each in notifications.get_notifications_channels().entities] == [channel.id],
        "states": [(each.state, each.missing_permissions) for each in put.entities],
        "kept": len(notifications.get_notifications_channel_subscriptions(channel.id).entities),
        "alive": notifications.head_notifications_channel(channel.id),
        "topics": len(notifications.get_notifications_availabletopics().entities),
        "emptied": notifications.delete_notifications_channel_subscriptions(channel.id),
    }


async def test_the_vendors_own_client_opens_a_channel(sandbox: Sandbox) -> None:
    """PureCloudPlatformClientV2 takes the simulator for the vendor."""
    platform = await asyncio.to_thread(importlib.import_module, "PureCloudPlatformClientV2")
    assert {
        "channel": True,
        "listed": True,
        "states": [("Permitted", None), ("Rejected", ["analytics:queueObservation:view"])],
        "kept": 1,
        "alive": None,
        "topics": 6,
        "emptied": None,
    } == await asyncio.to_thread(story, platform, sandbox)
