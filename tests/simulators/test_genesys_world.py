"""Genesys: trunks degrade and recover, calls fail over, EventBridge delivers."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from holdline.simulators.sandbox import EventTarget, Sandbox, SandboxSettings
from holdline.simulators.settings import GenesysSettings
from tests.simulators.receiver import Post, Receiver
from tests.simulators.vendors import EDGES, Vendors


def vienna(sandbox: Sandbox) -> dict[str, Any]:
    """The first site as the world shows it."""
    shown: dict[str, Any] = sandbox.genesys.view()["sites"][0]
    return shown


def envelope(post: Post) -> dict[str, Any]:
    """A delivery's body."""
    body: dict[str, Any] = json.loads(post.body)
    return body


async def test_calls_fail_until_the_route_is_reordered(sandbox: Sandbox, vendors: Vendors) -> None:
    """With the first carrier down a share of the calls fails; with the healthy one first none does."""
    assert (0.0, "Vienna Danube Telecom") == (vienna(sandbox)["failing_share"], vienna(sandbox)["carried_by"]["name"])
    sandbox.genesys.set_trunk("Vienna Danube Telecom trunk", connected=False, reason="carrier outage")
    assert {"ok": 78, "failing": 42} == vienna(sandbox)["calls_per_minute"]
    await vendors.reorder()
    assert {"ok": 120, "failing": 0} == vienna(sandbox)["calls_per_minute"]
    assert "Vienna Alpine Voice" == vienna(sandbox)["carried_by"]["name"]


async def test_without_any_trunk_every_call_fails(sandbox: Sandbox, vendors: Vendors) -> None:
    """A site whose trunks are all down reaches nobody."""
    for trunk in (vendors.vienna.primary_trunk_id, vendors.vienna.secondary_trunk_id):
        sandbox.genesys.set_trunk(trunk, connected=False)
    assert (None, 1.0) == (vienna(sandbox)["carried_by"], vienna(sandbox)["failing_share"])


async def test_sites_fail_independently(sandbox: Sandbox, vendors: Vendors) -> None:
    """One site's trunk is nothing to another site's calls."""
    sandbox.genesys.set_trunk(sandbox.genesys.world.place("Graz").primary_trunk_id, connected=False)
    shown = {site["name"]: site["failing_share"] for site in sandbox.genesys.view()["sites"]}
    assert {"Vienna": 0.0, "Graz": 0.35, "Linz": 0.0} == shown


async def test_the_api_shows_a_degraded_trunk(sandbox: Sandbox, vendors: Vendors) -> None:
    """A trunk that lost its carrier is not connected, with the reason in its options status."""
    sandbox.genesys.set_trunk(vendors.vienna.primary_trunk_id, connected=False, reason="carrier outage")
    trunk = (await vendors.genesys("GET", f"{EDGES}/trunks/{vendors.vienna.primary_trunk_id}")).json()
    assert (False, True, False) == (
        trunk["connectedStatus"]["connected"],
        trunk["inService"],
        trunk["optionsStatus"][0]["optionState"],
    )
    assert "carrier outage" == trunk["optionsStatus"][0]["errorInfo"]["text"]


async def test_a_trunk_out_of_service_says_so(sandbox: Sandbox, vendors: Vendors) -> None:
    """A trunk that people took out of service is connected, not in service, and so is its trunk base."""
    sandbox.genesys.set_trunk(vendors.vienna.primary_trunk_id, in_service=False)
    trunk = (await vendors.genesys("GET", f"{EDGES}/trunks/{vendors.vienna.primary_trunk_id}")).json()
    base = (await vendors.genesys("GET", f"{EDGES}/trunkbasesettings/{vendors.vienna.primary_base_id}")).json()
    assert (True, False) == (trunk["connectedStatus"]["connected"], trunk["inService"])
    assert {"trunk_enabled": {"value": {"instance": False}}} == base["properties"]


async def test_a_change_is_delivered_as_an_eventbridge_envelope(
    sandbox: Sandbox, vendors: Vendors, receiver: Receiver
) -> None:
    """A degraded trunk becomes an envelope with its topic, its body and the API key."""
    sandbox.genesys.target = EventTarget(url=receiver.url, api_key="key-1")
    url = f"{sandbox.genesys_url}/_sim/world/trunks/{vendors.vienna.primary_trunk_id}"
    answer = await vendors.http.post(url, json={"connected": False, "reason": "carrier outage"})
    assert (True, False) == (answer.json()["changed"], answer.json()["trunk"]["connected"])
    (post,) = await receiver.at_least(1)
    detail = envelope(post)["detail"]
    assert "key-1" == post.headers["x-api-key"]
    assert f"v2.telephony.providers.edges.trunks.{vendors.vienna.primary_trunk_id}" == detail["topicName"]
    assert (vendors.vienna.primary_trunk_id, False) == (
        detail["eventBody"]["id"],
        detail["eventBody"]["connectedStatus"]["connected"],
    )


async def test_the_same_state_again_is_no_event(sandbox: Sandbox, vendors: Vendors, receiver: Receiver) -> None:
    """A trunk that is told what it already is announces nothing."""
    sandbox.genesys.target = EventTarget(url=receiver.url, bearer="token-1")
    for state in (False, False, True, True):
        sandbox.genesys.set_trunk(vendors.vienna.primary_trunk_id, connected=state)
    await sandbox.genesys.courier.settled()
    assert [False, True] == sorted(connected(post) for post in receiver.posts)
    assert {"Bearer token-1"} == {post.headers["authorization"] for post in receiver.posts}


def connected(post: Post) -> bool:
    """What a delivery says of its trunk."""
    return bool(envelope(post)["detail"]["eventBody"]["connectedStatus"]["connected"])


async def test_a_refused_event_is_delivered_again_with_the_same_id(
    sandbox: Sandbox, vendors: Vendors, receiver: Receiver
) -> None:
    """At least once: repeated until accepted, under one id."""
    receiver.refuse = 3
    sandbox.genesys.target = EventTarget(url=receiver.url)
    sandbox.genesys.set_trunk(vendors.vienna.primary_trunk_id, connected=False)
    await sandbox.genesys.courier.settled()
    assert (4, 1) == (len(receiver.posts), len({envelope(post)["id"] for post in receiver.posts}))
    log = (await vendors.http.get(f"{sandbox.genesys_url}/_sim/deliveries")).json()
    assert [(4, "delivered")] == [(entry["attempts"], entry["outcome"]) for entry in log]


@pytest.fixture
async def talkative(receiver: Receiver) -> AsyncIterator[Sandbox]:
    """A sandbox that delivers twice and repeats itself while a trunk is degraded."""
    genesys = GenesysSettings(
        events=EventTarget(url=receiver.url), duplicates=1, repeat_while_degraded=timedelta(milliseconds=5)
    )
    async with Sandbox(SandboxSettings(genesys=genesys)).running() as sandbox:
        yield sandbox


async def test_duplicates_and_repetitions(talkative: Sandbox, receiver: Receiver) -> None:
    """A duplicate has the id of its twin, a repetition one of its own, and recovery ends them."""
    place = talkative.genesys.world.places[0]
    talkative.genesys.set_trunk(place.primary_trunk_id, connected=False)
    await receiver.at_least(6)
    talkative.genesys.set_trunk(place.primary_trunk_id, connected=True)
    await talkative.genesys.courier.settled()
    ids = [envelope(post)["id"] for post in receiver.posts]
    assert {2} == {ids.count(id) for id in ids}
    assert 2 == sum(connected(post) for post in receiver.posts)


def test_a_world_can_be_large() -> None:
    """Sixty sites have sixty routes over trunk bases of their own, with the same ids each time."""
    worlds = [Sandbox(SandboxSettings(genesys=GenesysSettings(sites=60))).genesys.world for _ in range(2)]
    assert (60, 60, 120) == (len(worlds[0].places), len(worlds[0].routes), len(worlds[0].trunks))
    assert worlds[0].places == worlds[1].places


def test_an_unknown_trunk_cannot_be_changed(sandbox: Sandbox) -> None:
    """Changing a trunk that is not there raises."""
    with pytest.raises(KeyError):
        sandbox.genesys.set_trunk("none", connected=False)
