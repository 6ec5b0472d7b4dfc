"""Agents joined to queues and given skills, and out and without again."""

from dataclasses import replace

import pytest

from holdline.domain.change import ActionKind
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from holdline.ports import Conflict, OutcomeUnknown
from holdline.simulators.faults import Fault, FaultKind, Match, When
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import Rig
from tests.contracts.test_people import billing, centre, join, joining, skill, skilling
from tests.contracts.test_trunks import CALL


def idle(rig: Rig) -> list[str]:
    """The members of the first queue who are not joined."""
    return [agent for agent, joined in centre(rig).members[billing(rig).id].items() if not joined]


async def test_only_members_who_are_idle_join(rig: Rig) -> None:
    """Who is joined already, and who is no member, is none of our business."""
    stranger = joining(rig).model_copy(update={"agents": (*joining(rig).agents, "stranger")})
    plan = await rig.patient.genesys.members.plan(stranger, billing(rig), CALL)
    (step,) = plan.steps
    assert "queue Billing: Greta, Hugo, Ida and 3 more joined" == step.label
    assert "Greta, Hugo, Ida and 3 more can join queue Billing; 1 named are no members of it" == plan.reason
    assert ("stranger:absent", "stranger:absent") == (step.expected[-1], step.wanted[-1])
    assert step.change("effect").expected[:-1] == join(rig).expected


async def test_the_rule_may_name_the_queue(rig: Rig) -> None:
    """An incident that is about no queue needs one by name."""
    site = Entity(kind=EntityKind.SITE, id="vienna")
    named = joining(rig).model_copy(update={"queue": billing(rig).id})
    assert 1 == len((await rig.patient.genesys.members.plan(named, site, CALL)).steps)
    nothing = await rig.patient.genesys.members.plan(joining(rig), site, CALL)
    assert ((), "the site vienna is no queue, and the runbook names none") == (nothing.steps, nothing.reason)


async def test_exactly_those_who_joined_go_out_again(rig: Rig) -> None:
    """Who was joined before stays joined."""
    before, change = dict(centre(rig).members[billing(rig).id]), join(rig)
    receipt = await rig.patient.genesys.members.change(change, CALL)
    assert ("6 agents", []) == (receipt.proof, idle(rig))
    await rig.patient.genesys.members.change(change.inverse("revert", "back"), CALL)
    assert before == centre(rig).members[billing(rig).id]
    assert [6, 6] == [len(row["joined"]) for row in rig.sandbox.genesys.ledger]


async def test_who_was_changed_meanwhile_is_left(rig: Rig) -> None:
    """One went out by themselves and one left the queue: the others go out, and the receipt tells of it."""
    change = join(rig)
    await rig.patient.genesys.members.change(change, CALL)
    members, (out, gone, *_) = centre(rig).members[billing(rig).id], list(centre(rig).members[billing(rig).id])[6:]
    members[out] = False
    del members[gone]
    receipt = await rig.patient.genesys.members.change(change.inverse("revert", "back"), CALL)
    assert "5 agents, 1 changed by somebody else and left" == receipt.proof
    assert 4 == len(rig.sandbox.genesys.ledger[-1]["joined"])


async def test_where_everybody_was_changed_nothing_is_written(rig: Rig) -> None:
    """The whole team was taken out of the queue: that is somebody else's decision."""
    change = join(rig)
    await rig.patient.genesys.members.change(change, CALL)
    centre(rig).members[billing(rig).id].clear()
    with pytest.raises(Conflict, match="changed by somebody else"):
        await rig.patient.genesys.members.change(change.inverse("revert", "back"), CALL)
    assert 1 == len(rig.sandbox.genesys.ledger)


async def test_an_order_that_was_half_done_is_finished(rig: Rig) -> None:
    """The vendor works after its answer: those still out are joined, the others left in peace."""
    change = join(rig)
    centre(rig).members[billing(rig).id][idle(rig)[0]] = True
    assert "6 agents" == (await rig.patient.genesys.members.change(change, CALL)).proof
    assert 5 == len(rig.sandbox.genesys.ledger[0]["joined"])


async def test_a_queue_of_more_than_a_page_is_read_whole() -> None:
    """The listing of members names the next page and no count."""
    queue = answer(200, {"id": "q1", "name": "Billing"})
    first = answer(200, {"entities": [{"id": "u1", "joined": True}], "nextUri": "/api/v2/more"})
    last = answer(200, {"entities": [{"id": "u2", "user": {"id": "u2", "name": "Zoe"}, "joined": False}]})
    rule = ActionRule(do=ActionKind.JOIN_AGENTS, agents=("u1", "u2"))
    count = answer(200, {"entities": [], "total": 7})
    async with scripted(TOKEN, queue, first, last, count) as script, elsewhere(script.url) as client:
        plan = await client.members.plan(rule, Entity(kind=EntityKind.QUEUE, id="q1"), CALL)
        assert "queue Billing: Zoe joined" == plan.steps[0].label
        assert "pageNumber=2" in script.paths[-2]
        assert 7 == plan.queues


async def test_only_who_lacks_the_skill_is_given_it(rig: Rig) -> None:
    """Who has it at another proficiency keeps it; each agent is a step of their own."""
    given = centre(rig)
    (ana, ben, *_), (german, *_) = given.agents, given.skills
    given.agents[ben] = replace(given.agents[ben], skills={german: 1.0})
    plan = await rig.patient.genesys.skills.plan(skilling(rig), billing(rig), CALL)
    assert 11 == len(plan.steps)
    assert "Ana: skill German at 4.5" == plan.steps[0].label
    assert "Ana: without skill German again" == plan.steps[0].back
    assert (("absent",), ("1",)) == (plan.found[f"{ana}/{german}"], plan.found[f"{ben}/{german}"])


async def test_a_skill_is_given_and_taken_away(rig: Rig) -> None:
    """Other skills of the agent stay as they are."""
    given = centre(rig)
    (ana, *_), (german, failover) = given.agents, given.skills
    given.agents[ana] = replace(given.agents[ana], skills={failover: 2.0})
    assert "skill 4.5" == (await rig.patient.genesys.skills.change(skill(rig), CALL)).proof
    assert {failover: 2.0, german: 4.5} == given.agents[ana].skills
    back = await rig.patient.genesys.skills.change(skill(rig).inverse("revert", "back"), CALL)
    assert ("skill not held", {failover: 2.0}) == (back.proof, given.agents[ana].skills)


async def test_a_skill_that_a_person_raised_stays(rig: Rig) -> None:
    """Another proficiency than ours is somebody's decision: it is told, and not taken away."""
    await rig.patient.genesys.skills.change(skill(rig), CALL)
    (ana, *_), (german, *_) = centre(rig).agents, centre(rig).skills
    centre(rig).agents[ana] = replace(centre(rig).agents[ana], skills={german: 5.0})
    with pytest.raises(Conflict, match="changed by somebody else"):
        await rig.patient.genesys.skills.change(skill(rig).inverse("revert", "back"), CALL)
    assert {german: 5.0} == centre(rig).agents[ana].skills


async def test_a_lost_answer_to_taking_away_is_looked_up(rig: Rig) -> None:
    """The skill was taken and the answer lost: the next attempt finds it gone."""
    await rig.patient.genesys.skills.change(skill(rig), CALL)
    match = Match(method="DELETE")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.RESET, when=When.AFTER, match=match))
    back = skill(rig).inverse("revert", "back")
    with pytest.raises(OutcomeUnknown):
        await rig.patient.genesys.skills.change(back, CALL)
    assert (await rig.patient.genesys.skills.change(back, CALL)).adopted
    assert 2 == len(rig.sandbox.genesys.ledger)
