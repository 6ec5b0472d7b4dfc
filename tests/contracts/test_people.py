"""The contract of joining agents to a queue and of giving them a skill."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.change import ActionKind, Change
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from holdline.simulators.faults import FaultKind, When
from holdline.simulators.genesys.centre import Centre
from tests.contracts.contract import SPOILT, ClientContract, Story, at_genesys
from tests.contracts.rig import Clients, Rig
from tests.contracts.test_trunks import CALL

QUEUES, USERS = "/api/v2/routing/queues", "/api/v2/users"


def centre(rig: Rig) -> Centre:
    """The people of the sandbox."""
    return rig.sandbox.genesys.world.centre


def billing(rig: Rig) -> Entity:
    """The first queue."""
    return Entity(kind=EntityKind.QUEUE, id=next(iter(rig.sandbox.genesys.world.queues)))


def joining(rig: Rig) -> ActionRule:
    """Everybody there is may help."""
    return ActionRule(do=ActionKind.JOIN_AGENTS, agents=tuple(centre(rig).agents))


def join(rig: Rig) -> Change:
    """Join the second half of the first queue's team."""
    members = centre(rig).members[billing(rig).id].items()
    return Change(
        action=ActionKind.JOIN_AGENTS,
        target=f"{billing(rig).id}/1",
        label="queue Billing: 6 agents joined",
        expected=tuple(f"{agent}:{'joined' if joined else 'unjoined'}" for agent, joined in members),
        wanted=tuple(f"{agent}:joined" for agent, _ in members),
        effect="incident/queue_overflow/x:1:join_agents",
    )


def skilling(rig: Rig) -> ActionRule:
    """Everybody there is learns the first skill."""
    agents, (skill, *_) = tuple(centre(rig).agents), centre(rig).skills
    return ActionRule(do=ActionKind.SKILL_AGENTS, agents=agents, skill=skill, proficiency=4.5)


def skill(rig: Rig) -> Change:
    """Give the first agent the first skill."""
    agent, known = next(iter(centre(rig).agents)), next(iter(centre(rig).skills))
    return Change(
        action=ActionKind.SKILL_AGENTS,
        target=f"{agent}/{known}",
        label="Ana: skill German at 4.5",
        expected=("absent",),
        wanted=("4.5",),
        effect="incident/queue_overflow/x:1:skill_agents",
    )


class TestPlanningToJoin(ClientContract):
    """The plan for a queue, where the last of its requests goes wrong."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the queue and its members."""
        return at_genesys(
            rig,
            "GET",
            f"{QUEUES}/{billing(rig).id}/members",
            lambda clients: clients.genesys.members.plan(joining(rig), billing(rig), CALL),
        )


class TestJoining(ClientContract):
    """Joining, where the order itself goes wrong."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Join six agents with one order."""
        change = join(rig)
        return at_genesys(
            rig,
            "PATCH",
            f"{QUEUES}/{billing(rig).id}/members",
            lambda clients: clients.genesys.members.change(change, CALL),
        )


class TestPlanningASkill(ClientContract):
    """The plan for a skill, where the agents' names cannot be read."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the skill, the names, and what each agent holds."""
        return at_genesys(
            rig, "GET", "/api/v2/user?", lambda clients: clients.genesys.skills.plan(skilling(rig), billing(rig), CALL)
        )


class TestGivingASkill(ClientContract):
    """Giving a skill, where the order itself goes wrong."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Give one agent one skill."""
        change = skill(rig)
        return at_genesys(
            rig, "PATCH", f"{USERS}/*/routingskills/bulk", lambda clients: clients.genesys.skills.change(change, CALL)
        )


class TestTakingASkillAway(ClientContract):
    """Taking it away again, which is answered without a body: there is nothing in it to cut off or to drip."""

    intent = Intent.WRITE

    @pytest.mark.parametrize("when", When)
    @pytest.mark.parametrize("kind", [kind for kind in SPOILT if kind not in (FaultKind.DRIP, FaultKind.TRUNCATE)])
    async def test_a_spoilt_answer_is_never_a_success(
        self, rig: Rig, story: Story, kind: FaultKind, when: When
    ) -> None:
        """As everywhere, for the faults that an empty answer can have."""
        await super().test_a_spoilt_answer_is_never_a_success(rig, story, kind, when)
        assert self.once == story.effects()

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Take from one agent the skill that was given before."""
        change = skill(rig)

        async def given(clients: Clients) -> None:
            await clients.genesys.skills.change(change, CALL)

        return Story(
            simulator=rig.sandbox.genesys,
            method="DELETE",
            path=f"{USERS}/*/routingskills/*",
            prepare=given,
            act=lambda clients: clients.genesys.skills.change(change.inverse("revert", "back"), CALL),
            counted=lambda: len([row for row in rig.sandbox.genesys.ledger if not row["skills"]]),
        )
