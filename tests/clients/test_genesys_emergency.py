"""Switching emergency groups on and off."""

from dataclasses import replace
from typing import Any

import pytest

from holdline.domain.change import ActionKind, Change
from holdline.domain.emergency import OFF, ON
from holdline.domain.runbook import ActionRule
from holdline.ports import Conflict, OutcomeUnknown
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.centre import EmergencyGroup
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import Rig
from tests.contracts.test_emergency import SITE, group_id, switch_on
from tests.contracts.test_trunks import CALL


def the_group(rig: Rig, **changes: Any) -> EmergencyGroup:
    """The group as it stands, after changes by somebody else."""
    groups = rig.sandbox.genesys.world.centre.groups
    groups[group_id(rig)] = replace(groups[group_id(rig)], **changes)
    return groups[group_id(rig)]


async def test_the_plan_reads_the_group(rig: Rig) -> None:
    """It says what it would switch, by name."""
    rule = ActionRule(do=ActionKind.EMERGENCY_GROUP, group=group_id(rig))
    (step,) = (await rig.patient.genesys.emergency.plan(rule, SITE, CALL)).steps
    assert "emergency group Vienna emergency: on, its call route runs the emergency flow" == step.label


async def test_only_the_switch_is_turned(rig: Rig) -> None:
    """The PUT replaces everything, so everything else goes back as it came; the inverse switches it off."""
    before = the_group(rig, description="night")
    receipt = await rig.patient.genesys.emergency.change(switch_on(rig), CALL)
    assert ("on, version 2", replace(before, enabled=True, version=2)) == (receipt.proof, the_group(rig))
    await rig.patient.genesys.emergency.change(switch_on(rig).inverse("revert", "back"), CALL)
    assert replace(before, version=3) == the_group(rig)


async def test_somebody_who_edits_meanwhile_loses_nothing(rig: Rig) -> None:
    """A version conflict that is about something else: read again, and their edit stays."""
    match = Match(method="PUT", path="/api/")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=409, match=match))
    the_group(rig, description="edited", version=7)
    receipt = await rig.patient.genesys.emergency.change(switch_on(rig), CALL)
    assert ("on, version 8", "edited") == (receipt.proof, the_group(rig).description)


async def test_an_emergency_that_a_person_ended_is_over(rig: Rig) -> None:
    """The revert finds it off and writes nothing."""
    await rig.patient.genesys.emergency.change(switch_on(rig), CALL)
    the_group(rig, enabled=False, version=3)
    assert (await rig.patient.genesys.emergency.change(switch_on(rig).inverse("revert", "back"), CALL)).adopted
    assert 1 == len(rig.sandbox.genesys.ledger)


async def test_a_group_that_was_deleted_is_left() -> None:
    """Neither on nor off: nothing is written."""
    gone = answer(200, {"id": "g1", "version": 4, "state": "deleted", "enabled": False})
    async with scripted(TOKEN, gone) as script, elsewhere(script.url) as client:
        with pytest.raises(Conflict, match="changed by somebody else"):
            await client.emergency.change(change(), CALL)
        assert [] == [path for path in script.paths if path.startswith("PUT")]


async def test_an_answer_that_shows_it_as_before_is_no_receipt() -> None:
    """A 200 that shows it off is not believed."""
    off = answer(200, {"id": "g1", "version": 1, "enabled": False})
    async with scripted(TOKEN, off, off) as script, elsewhere(script.url) as client:
        with pytest.raises(OutcomeUnknown, match="as before"):
            await client.emergency.change(change(), CALL)


def change() -> Change:
    """Switch a scripted group on."""
    return Change(
        action=ActionKind.EMERGENCY_GROUP, target="g1", label="group", expected=(OFF,), wanted=(ON,), effect="e"
    )
