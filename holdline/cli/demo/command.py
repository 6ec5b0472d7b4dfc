"""`holdline demo`: a trunk fails, and one incident is seen from webhook to resolution."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click
from temporalio.service import RPCError, RPCStatusCode

from holdline.cli import session
from holdline.cli.demo.keyboard import keys
from holdline.cli.demo.ledger import Count
from holdline.cli.demo.stage import PACE, Stage, shortened, stage
from holdline.cli.demo.story import Played, Told, longest
from holdline.cli.ending import Ending
from holdline.cli.exits import Exit, Stop
from holdline.cli.incident.following import Following
from holdline.cli.incident.link import link
from holdline.cli.incident.screen import Screen, screen
from holdline.cli.incident.watching import follow
from holdline.cli.terminal import line
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import State
from workers.server import running

Work = Coroutine[Any, Any, None]

_KEYS: Final = "a acknowledge · k kill -9 the worker · q quit"
_OPENED_WITHIN: Final = timedelta(seconds=60)
_CLOSED_WITHIN: Final = timedelta(seconds=15)
_LOOK: Final = timedelta(milliseconds=200)


@click.command()
@click.option("--auto", is_flag=True, help="On a terminal, too, let the story tell itself.")
@click.option("--keep", is_flag=True, help="Leave everything running afterwards, until Ctrl-C, and keep the data.")
def demo(auto: bool, keep: bool) -> None:
    """A trunk fails: watch one incident from webhook to resolution, on this machine, with simulated vendors.

    On a terminal, press a to acknowledge, k to kill -9 the worker, q to quit. Without one the story tells itself,
    is checked against the ledgers of the vendors, and ends with 0 where every effect happened once.
    """
    hands_on = sys.stdin.isatty() and sys.stdout.isatty() and not auto
    folder = Path(tempfile.mkdtemp(prefix="holdline-demo-"))
    try:
        session.run(_demonstrate(folder, hands_on, keep))
    except Stop as stop:
        raise Stop(stop.code, f"{stop.sentence} The logs are in {folder / 'logs'}.") from None
    if keep:
        line(f"The data stays in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)


async def _demonstrate(folder: Path, hands_on: bool, keep: bool) -> None:
    hands = Hands(Ending())
    line("Starting Temporal, the simulated vendors, a worker and the gateway …")
    async with AsyncExitStack() as stack:
        shown = stack.enter_context(screen(False, [_KEYS] if hands_on else []))
        if hands_on:
            await stack.enter_async_context(keys(hands.press))
        breathing = asyncio.create_task(_breathe(shown))
        set_up = await stack.enter_async_context(stage(folder, hands.ending, shown.note))
        breathing.cancel()
        if set_up is not None:
            await _show(set_up, shown, hands if hands_on else None, hands.ending)
            if keep:
                shown.note(f"everything stays; try: holdline --config {set_up.config} incident list (Ctrl-C ends it)")
                await hands.ending.wait()


class Hands:
    """What is pressed: q ends it at any time, everything else goes to the story once there is one."""

    def __init__(self, ending: Ending) -> None:
        self.ending = ending
        self.story: Played | None = None

    def press(self, key: str) -> None:
        """Take a key."""
        if key.lower() == "q":
            self.ending.ask()
        elif self.story is not None:
            self.story.press(key)


async def _show(set_up: Stage, shown: Screen, hands: Hands | None, ending: Ending) -> None:
    shown.note(shortened(PACE))
    if await ending.unless(_perform(set_up, shown, hands)):
        shown.note(f"the ledgers say: {(await _reckoned(set_up)).sentence()}")
    elif hands is None:
        raise Stop(Exit.INTERRUPTED, "Interrupted before the end of the story.")


async def _breathe(shown: Screen) -> None:
    """Show that something happens while there is no incident to show."""
    while True:
        shown.stand(None, "")
        await asyncio.sleep(_LOOK.total_seconds())


async def _perform(set_up: Stage, shown: Screen, hands: Hands | None) -> None:
    trunk = await set_up.world.trunk()
    incident = workflow_id(IncidentKind.TRUNK_FAILURE, trunk.id)
    shown.note(f"the carrier loses {trunk.name} ({trunk.site}); Genesys sends an event to the gateway")
    await set_up.world.fail(trunk)
    shown.note(f"Temporal UI: {await _opened(set_up, incident)}")
    following = Following(set_up.client, incident)
    if hands is None:
        told = Told(set_up, trunk, following, shown.note)
        await _together(follow(following, shown), told.play(), longest())
    else:
        hands.story = Played(set_up, trunk, following, shown.note)
        await _together(follow(following, shown), hands.story.play(), None)
    _resolved(following)


async def _together(watching: Work, playing: Work, limit: timedelta | None) -> None:
    """Play until whoever watches has seen the end; a story that fails ends both."""
    watch, play = asyncio.create_task(watching), asyncio.create_task(playing)
    try:
        async with asyncio.timeout(limit.total_seconds() if limit else None):
            await asyncio.wait([watch, play], return_when=asyncio.FIRST_COMPLETED)
            if play.done():
                play.result()
            await watch
    except TimeoutError:
        raise Stop(Exit.EXPECTATION, "The story did not come to its end in time.") from None
    finally:
        for each in (watch, play):
            each.cancel()
        await asyncio.gather(watch, play, return_exceptions=True)


async def _opened(set_up: Stage, incident: str) -> str:
    """Wait until the event has become an incident, and return its address in the Temporal UI."""
    handle = set_up.client.get_workflow_handle(incident)
    deadline = time.monotonic() + _OPENED_WITHIN.total_seconds()
    while time.monotonic() < deadline:
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(_LOOK.total_seconds())
            continue
        server = running(set_up.settings.data_dir)
        return link(server.ui_url if server else None, set_up.client.namespace, incident, described.run_id) or "none"
    raise Stop(Exit.EXPECTATION, "The event of the failing trunk has opened no incident.")


def _resolved(following: Following) -> None:
    state = following.story.state if following.story else None
    if state is not State.RESOLVED:
        raise Stop(Exit.EXPECTATION, f"The incident did not end as RESOLVED but as {state}.")


async def _reckoned(set_up: Stage) -> Count:
    """Count the effects; what is still being closed is given a moment."""
    count = (await set_up.world.ledgers()).count()
    tries = int(_CLOSED_WITHIN / _LOOK)
    while not count.complete and tries > 0:
        await asyncio.sleep(_LOOK.total_seconds())
        count, tries = (await set_up.world.ledgers()).count(), tries - 1
    if complaints := count.complaints():
        raise Stop(Exit.EXPECTATION, f"The ledgers are not as they should be: {'; '.join(complaints)}.")
    return count
