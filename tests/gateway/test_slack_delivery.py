"""From the message that we wrote in a room back to its incident, by the button that somebody presses there."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from holdline.clients.slack import Slack
from holdline.domain.button import Button
from holdline.domain.incident import Severity
from holdline.domain.keys import tag
from holdline.domain.timeline import Fact
from holdline.ports import Notice
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import SlackSettings
from holdline.simulators.slack.interaction import Press
from tests.cli.floor import incident
from tests.gateway.events import SLACK
from tests.gateway.presses import Ward, ward
from workers.datadir import Server

ROOM = "C0INCIDENTS"


@asynccontextmanager
async def workspace(gateway: str) -> AsyncIterator[tuple[Sandbox, Slack]]:
    """A Slack whose app has our buttons, and the client that writes there."""
    settings = SlackSettings(signing_secret=SLACK)
    async with Sandbox(SandboxSettings(slack=settings)).running() as sandbox:
        sandbox.slack.target = f"{gateway}/v1/slack/actions"
        url, rooms = f"{sandbox.slack_url}/api", {"incidents": ROOM}
        async with aclosing(Slack(url=url, token=lambda: settings.token, rooms=rooms)) as client:
            yield sandbox, client


async def told(room: Ward, line: str) -> Notice:
    """The message about a trunk's incident."""
    story = await room.floor.story(line)
    actions = ("acknowledge", "escalate", "hold", *(("approve", "deny") if story.proposal else ()))
    return Notice(
        request_id="r",
        effect=f"page {line}",
        to="incidents",
        tag=tag(line),
        title="Carrier A is down",
        severity=Severity.HIGH,
        workflow_id=incident(line),
        epoch=story.epoch,
        opening=story.opening,
        episode=await room.floor.mark(line),
        actions=actions,
        proposal=story.proposal.id if story.proposal else "",
        digest=story.proposal.digest if story.proposal else "",
        at=datetime.now(UTC),
    )


async def test_a_button_that_we_wrote_is_understood(server: Server, client: Client, tmp_path: Path) -> None:
    """By what the client writes, the simulator signs and posts, and the gateway reads; a decision names its plan."""
    async with ward(server, client, tmp_path) as room, workspace(room.gateway.url) as (sandbox, slack):
        taken, asks = await room.floor.fails(), await room.floor.asks()
        for line, button in ((taken, Button.ACKNOWLEDGE), (asks, Button.DENY)):
            notice = await told(room, line)
            receipt = await slack.send(notice)
            ts = receipt.id.rpartition(":")[2].rpartition("/")[2]
            (message,) = [each for each in sandbox.slack.workspace.channels[ROOM].messages.values() if each.ts == ts]
            assert f'"r":"{notice.episode}"' in message.blocks[-1]["elements"][0]["value"]
            sandbox.slack.press(Press(channel=ROOM, ts=ts, action_id=button.id, user="UALICE"))
        assert "alice" == (await room.acknowledged(taken)).acknowledged_by
        await room.gone(asks)
        assert ["alice denied it"] == await room.facts(asks, Fact.OPERATOR)
        await sandbox.slack.courier.settled()
