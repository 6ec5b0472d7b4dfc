"""Sending a queue's callers on, and letting them stay again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from holdline.clients.genesys_queues import GenesysQueues
from holdline.clients.network import Network
from holdline.domain.change import Change
from holdline.domain.entity import Entity, EntityKind
from holdline.ports import Conflict, OutcomeUnknown, Rejected
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import CLIENT_ID, CLIENT_SECRET, Rig
from tests.contracts.test_queues import evacuate, evacuating, source
from tests.contracts.test_trunks import CALL


def document(rig: Rig) -> dict[str, Any]:
    """The settings of the queue as they stand; what a test puts there somebody else has written."""
    return rig.sandbox.genesys.world.centre.documents[source(rig).id]


async def test_the_plan_reads_both_queues_and_the_flow(rig: Rig) -> None:
    """It says who goes where and who stays, and holds both queues."""
    (step,) = (await rig.patient.genesys.queues.plan(evacuating(rig), source(rig), CALL)).steps
    assert "queue Billing: new callers go to queue Sales by flow To overflow; those who wait stay" == step.label
    assert evacuate(rig).expected == step.expected
    assert 2 == len(step.resources) == len(step.touches)


async def test_the_rule_may_name_the_queue(rig: Rig) -> None:
    """An incident that is about no queue needs one by name."""
    site = Entity(kind=EntityKind.SITE, id="vienna")
    named = evacuating(rig).model_copy(update={"queue": source(rig).id})
    assert 1 == len((await rig.patient.genesys.queues.plan(named, site, CALL)).steps)
    assert () == (await rig.patient.genesys.queues.plan(evacuating(rig), site, CALL)).steps


async def test_nobody_is_sent_to_a_queue_without_agents(rig: Rig) -> None:
    """They would wait there for ever."""
    rig.sandbox.genesys.world.centre.members[str(evacuating(rig).overflow)].clear()
    plan = await rig.patient.genesys.queues.plan(evacuating(rig), source(rig), CALL)
    assert ((), "nobody is joined to queue Sales") == (plan.steps, plan.reason)


async def test_only_the_flow_is_exchanged(rig: Rig) -> None:
    """The PUT replaces everything, so everything else goes back as it came; the inverse puts the music back."""
    document(rig)["later"] = {"depth": [1, None]}
    before = dict(document(rig))
    receipt = await rig.patient.genesys.queues.change(evacuate(rig), CALL)
    assert evacuate(rig).wanted == receipt.state
    assert {**before, "queueFlow": {"id": evacuate(rig).wanted[0]}} == document(rig)
    await rig.patient.genesys.queues.change(evacuate(rig).inverse("revert", "back"), CALL)
    assert before == document(rig)


async def test_a_queue_without_music_gets_none_back(rig: Rig) -> None:
    """Absent is a state as well, and putting it back clears the flow."""
    del document(rig)["queueFlow"]
    change = evacuate(rig).model_copy(update={"expected": ("none",)})
    await rig.patient.genesys.queues.change(change, CALL)
    await rig.patient.genesys.queues.change(change.inverse("revert", "back"), CALL)
    assert "queueFlow" not in document(rig)
    assert 2 == len(rig.sandbox.genesys.ledger.of("queue.changed"))


async def test_a_flow_that_a_person_chose_meanwhile_stays(rig: Rig) -> None:
    """Before the change and before the way back: nothing is overwritten."""
    change = evacuate(rig)
    for theirs in (change, change.inverse("revert", "back")):
        document(rig)["queueFlow"] = {"id": "somebody's own"}
        with pytest.raises(Conflict, match="changed by somebody else"):
            await rig.patient.genesys.queues.change(theirs, CALL)
    assert [] == rig.sandbox.genesys.ledger


async def test_an_edit_of_something_else_survives_the_way_back(rig: Rig) -> None:
    """Read right before it is written: what a person changed while the incident lasted stays."""
    await rig.patient.genesys.queues.change(evacuate(rig), CALL)
    document(rig)["description"] = "edited"
    await rig.patient.genesys.queues.change(evacuate(rig).inverse("revert", "back"), CALL)
    assert ("edited", evacuate(rig).expected[0]) == (document(rig)["description"], document(rig)["queueFlow"]["id"])


async def test_an_answer_that_shows_another_flow_is_no_receipt(rig: Rig) -> None:
    """A 200 that shows it as before is not believed."""
    change: Change = evacuate(rig)
    found = answer(200, {"id": change.target, "name": "Billing", "queueFlow": {"id": change.expected[0]}})
    async with scripted(TOKEN, found, found) as script, elsewhere(script.url) as client:
        with pytest.raises(OutcomeUnknown, match="another flow"):
            await client.queues.change(change, CALL)


BACK = "f1d10e77-0000-4000-8000-00000000ba0c"
"""A flow by which another runbook sends callers of the overflow queue to this one."""


@asynccontextmanager
async def knowing(rig: Rig) -> AsyncIterator[GenesysQueues]:
    """The lever of a configuration that evacuates queues by two flows, one of them written in capitals."""
    ways_out = frozenset({BACK.upper(), str(evacuating(rig).flow)})
    url, network = rig.sandbox.genesys_url, Network(recent=timedelta(0))
    async with elsewhere(url, CLIENT_ID, CLIENT_SECRET, network, ways_out) as client:
        yield client.queues


async def test_queues_are_not_evacuated_into_each_other(rig: Rig) -> None:
    """The overflow queue sends its callers here by another flow: the plan says so, and nothing is changed."""
    overflow = rig.sandbox.genesys.world.centre.documents[str(evacuating(rig).overflow)]
    async with knowing(rig) as queues:
        assert 1 == len((await queues.plan(evacuating(rig), source(rig), CALL)).steps)
        overflow["queueFlow"] = {"id": BACK}
        plan = await queues.plan(evacuating(rig), source(rig), CALL)
    assert ((), "queue Sales is being evacuated itself") == (plan.steps, plan.reason)


async def test_two_that_are_planned_at_once(rig: Rig) -> None:
    """What was evacuated after the plan was made is noticed before the change; the way back is never in its way."""
    overflow = rig.sandbox.genesys.world.centre.documents[str(evacuating(rig).overflow)]
    async with knowing(rig) as queues:
        change = (await queues.plan(evacuating(rig), source(rig), CALL)).steps[0].change("effect")
        before, overflow["queueFlow"] = overflow["queueFlow"], {"id": BACK}
        with pytest.raises(Rejected, match="queue Sales is being evacuated itself; nothing was changed"):
            await queues.change(change, CALL)
        assert change.expected[0] == document(rig)["queueFlow"]["id"]
        overflow["queueFlow"] = before
        await queues.change(change, CALL)
        overflow["queueFlow"] = {"id": BACK}
        await queues.change(change.inverse("revert", "back"), CALL)
    assert change.expected[0] == document(rig)["queueFlow"]["id"]
