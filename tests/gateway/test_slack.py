"""From the button in Slack to the incident: kept first, carried out once, and the presser is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from holdline.domain.acknowledgement import Via
from holdline.domain.timeline import Fact
from holdline.gateway.slack import WINDOW
from tests.cli.floor import incident
from tests.gateway.events import OWN, interaction, pressed, slacked
from tests.gateway.presses import Ward, ear, opened, settled, ward
from tests.gateway.running import Running, configured, nowhere, running
from tests.support.estate import real_crew
from workers.datadir import Server


@pytest.fixture
async def room(server: Server, client: Client, tmp_path: Path) -> AsyncIterator[Ward]:
    """A worker, a gateway and Slack."""
    async with ward(server, client, tmp_path) as found:
        yield found


async def test_a_press_takes_the_incident(room: Ward) -> None:
    """By the operator's name; Slack is answered at once and with nothing, the presser gets the incident's own words."""
    line = await room.floor.fails()
    assert 200 == await room.presses("acknowledge", await room.button(line))
    assert "alice" == (await room.acknowledged(line)).acknowledged_by
    assert ["Carrier A: acknowledged by alice; no further tier is paged."] == await room.told()
    assert ("ephemeral", False) == (room.heard[0]["response_type"], room.heard[0]["replace_original"])
    assert [f"alice has it ({Via.SLACK})"] == await room.facts(line, Fact.ACKNOWLEDGED)


async def test_a_second_press_under_the_same_message_is_the_first(room: Ward) -> None:
    """An impatient finger escalates once; under the next message it is a new order."""
    line = await room.floor.fails()
    button = await room.button(line)
    for _ in range(3):
        await room.presses("escalate", button)
    assert 1 == len(set(await room.told(3)))
    assert ["alice escalates"] == await room.facts(line, Fact.OPERATOR)
    await room.presses("escalate", button | {"t": "next"})
    await room.told(4)
    assert 2 == len(await room.facts(line, Fact.OPERATOR))


async def test_a_button_of_another_day_does_nothing(room: Ward) -> None:
    """An incident that the server has forgotten had the same number; its buttons are in the room for ever."""
    line = await room.floor.fails()
    button = await room.button(line)
    await room.presses("escalate", button | {"r": "00000000"})
    assert ["older episode" in each for each in await room.told()] == [True]
    await room.presses("acknowledge", button | {"r": await room.floor.mark(line)})
    assert "alice" == (await room.acknowledged(line)).acknowledged_by
    assert [] == await room.facts(line, Fact.OPERATOR)


async def test_the_same_request_again_is_the_same_press(room: Ward) -> None:
    """What is replayed within the five minutes is known; after them it is refused."""
    line = await room.floor.fails()
    payload = pressed("hold", await room.button(line), response_url=f"{room.url}/x")
    assert [200, 200] == [(await room.gateway.slack(payload)).status_code for _ in range(2)]
    assert ["Carrier A: held by alice: automation changes nothing more."] == await room.told()
    assert 1 == await room.gateway.counted("slack", "duplicate", "duplicate")


async def test_a_plan_is_shown_before_it_is_approved(room: Ward) -> None:
    """The first press shows exactly what would be done and until when; the button beneath it decides about that."""
    line = await room.floor.asks()
    digest = str(getattr((await room.floor.story(line)).proposal, "digest", ""))
    await room.presses("approve", await room.button(line))
    (shown,) = await room.told()
    assert f"plan {digest}: route Vienna out: carrier-b first" in shown
    (decide,) = room.heard[0]["blocks"][1]["elements"]
    assert ("holdline.approve", f"Approve plan {digest}") == (decide["action_id"], decide["text"]["text"])
    action = pressed("approve", {})["actions"][0] | {"value": decide["value"]}
    for user in ("UBOB", "UALICE"):
        await room.presses("approve", {}, user, actions=[action])
    said = await room.told(3)
    assert "Nothing was changed: bob has not the role approver." in said
    assert any(each.endswith("approved by alice, 1 of 1: it is done now.") for each in said)


async def test_a_denial_needs_its_plan_as_well(room: Ward) -> None:
    """And where nothing is asked any more nothing is decided."""
    line = await room.floor.asks()
    proposal = (await room.floor.story(line)).proposal
    assert proposal is not None
    about = await room.button(line, t=proposal.digest, p=proposal.id)
    await room.presses("deny", about)
    assert ["denied by alice: it is not done."] == [each.partition(": ")[2] for each in await room.told()]
    await room.presses("approve", about, "UOTTO")
    assert "Nothing was changed: nothing waits for this approval; look at the incident again." in await room.told(2)
    await room.presses("approve", await room.button(line))
    assert "waits for nobody's approval" in (await room.told(3))[-1]


async def test_a_button_of_an_older_episode_does_nothing(room: Ward) -> None:
    """Nor one of an incident that is closed, or of none at all; each is told."""
    line = await room.floor.fails()
    button = await room.button(line)
    for stale in (button | {"e": 2}, button | {"o": 2}):
        await room.presses("acknowledge", stale)
    assert all("older episode" in each for each in await room.told(2))
    assert (await room.floor.story(line)).acknowledged_by is None
    await room.floor.recovers(line)
    await room.presses("acknowledge", button)
    await room.presses("acknowledge", button | {"w": incident("nobody-knows-it")})
    assert ["Nothing was changed: the incident is over and closed."] * 2 == (await room.told(4))[2:]


async def test_a_stranger_is_told_so(room: Ward) -> None:
    """And nothing happens; nor where the button cannot be read."""
    line = await room.floor.fails()
    button = await room.button(line)
    assert 200 == await room.presses("hold", button, "UMALLORY")
    assert 200 == await room.presses("hold", button | {"e": "one"})
    first, second = await room.told(2)
    assert "Holdline does not know you" in first
    assert "cannot read this button" in second
    assert (await room.floor.story(line)).held_by is None


async def test_nobody_is_answered_elsewhere(room: Ward) -> None:
    """S0.6: an address in the payload is used where it is Slack's, and no other host hears of it."""
    line = await room.floor.fails()
    async with ear() as (elsewhere, heard):
        host = room.url.removeprefix("http://")
        for url in (
            f"{elsewhere}/a",
            f"http://{host}@{elsewhere.removeprefix('http://')}/a",
            "file:///etc/passwd",
            "x",
        ):
            await room.presses("acknowledge", await room.button(line), response_url=url)
        assert "alice" == (await room.acknowledged(line)).acknowledged_by
        await settled()
    assert [] == heard == room.heard


async def test_a_press_waits_for_a_worker(server: Server, client: Client, tmp_path: Path) -> None:
    """S3.3: kept when it was answered, and carried out when there is somebody to do it."""
    async with ward(server, client, tmp_path, works=False) as room:
        entity = await opened(room)
        button = {"w": incident(entity), "e": 1, "o": 1, "t": "t"}
        assert 200 == await room.presses("acknowledge", button)
        await settled()
        assert [] == room.heard
        async with real_crew(client, room.floor.outside):
            assert "acknowledged by alice" in (await room.told())[0]


async def test_a_press_outlives_the_gateway(server: Server, client: Client, tmp_path: Path) -> None:
    """Temporal away, then the process gone: the next one carries it out, once; only its presser is not told."""
    async with ward(server, client, tmp_path / "a") as room:
        line = await room.floor.fails()
        button = await room.button(line)
        async with running(configured(tmp_path), await nowhere()) as gateway:
            assert 200 == (await gateway.slack(pressed("acknowledge", button))).status_code
            on_disk = gateway.rows()
        assert "hooks.slack.com" not in str(on_disk)
        async with running(configured(tmp_path), client):
            assert "alice" == (await room.acknowledged(line)).acknowledged_by
        assert 1 == len(await room.facts(line, Fact.ACKNOWLEDGED))


async def test_a_press_without_proof_gets_401(door: Running) -> None:
    """Another secret, an old timestamp, no signature."""
    body = interaction(pressed("hold", {"w": "w", "e": 1}))
    stale = slacked(body, age=WINDOW + timedelta(seconds=2))
    for headers in (slacked(body, OWN), stale, {}):
        assert 401 == (await door.http.post("/v1/slack/actions", content=body, headers=headers)).status_code
