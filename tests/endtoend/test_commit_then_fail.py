"""Every vendor call goes wrong in every way, before the vendor commits and after: each effect happens once."""

import asyncio
from pathlib import Path

import pytest

from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from tests.endtoend.aim import aimed
from tests.endtoend.configuration import Plan
from tests.endtoend.effects import page_key
from tests.endtoend.grid import TRIALS, Trial, misread, order, refuse_tokens, table, verdict
from tests.endtoend.incidents import until
from tests.endtoend.rig import Rig, rigged
from tests.endtoend.sender import Event

Opened = dict[Trial, Event]


@pytest.mark.long
@pytest.mark.timeout(550)
async def test_every_call_in_every_way(tmp_path: Path) -> None:
    """Whatever a vendor does after it has committed, a page, a text and a change of route happen once."""
    async with rigged(tmp_path, Plan(sites=len(TRIALS), reading="8s")) as rig:
        opened = {trial: rig.sender.event(rig.site()) for trial in TRIALS}
        await _fail(rig, opened)
        await _respond(rig, opened)
        await _misread(rig, opened)
        await _refuse_tokens(rig)
        stories = await _recover(rig, opened)
        unused = [fault for each in rig.sandbox.simulators() for fault in aimed(each).unused()]
        verdicts = {
            trial: verdict(stories[trial], rig.effects(event.place), page_key(event.place))
            for trial, event in opened.items()
        }
        print(f"\n{table(verdicts)}")
        assert [] == unused
        assert {} == {trial: said for trial, said in verdicts.items() if said not in ("once", "told")}


async def _fail(rig: Rig, opened: Opened) -> None:
    """Order the faults, let every trunk fail, and send that at once."""
    for trial, event in opened.items():
        rig.degrade(event.place)
        order(rig, trial, event)
    await asyncio.gather(*(rig.sender.deliver(event) for event in opened.values()))


async def _respond(rig: Rig, opened: Opened) -> None:
    """Wait until everybody was asked and automation has done what it can."""
    for event in opened.values():
        await rig.incidents.says(event.place, "NOBODY ACKNOWLEDGED")
        await rig.incidents.reaches(event.place, State.MONITORING, State.HANDED_OVER)


async def _misread(rig: Rig, opened: Opened) -> None:
    """Let the readings that look for recovery go wrong, each once."""
    for trial, event in opened.items():
        misread(rig, trial, event)
    await until(lambda: not rig.sandbox.genesys.faults.listed(), "every reading has gone wrong once")


async def _refuse_tokens(rig: Rig) -> None:
    """Revoke the token until every way in which the login goes wrong was met."""
    refuse_tokens(rig)

    def met() -> bool:
        rig.sandbox.genesys.revoke_tokens()
        return not rig.sandbox.genesys.faults.listed()

    await until(met, "the login has gone wrong in every way")


async def _recover(rig: Rig, opened: Opened) -> dict[Trial, Snapshot]:
    """Bring every trunk back and wait until every incident is closed."""
    for event in opened.values():
        rig.heal(event.place)
    return {trial: await rig.incidents.ends(event.place) for trial, event in opened.items()}
