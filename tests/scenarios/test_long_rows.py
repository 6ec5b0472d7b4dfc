"""A plan for hundreds of agents is told in a ticket and a room, and stops nothing however long its words are."""

from dataclasses import dataclass

from holdline.domain.approval import Mode
from holdline.domain.change import ActionKind, Change, Plan, Step
from holdline.domain.entity import Entity
from holdline.domain.escalation import Target
from holdline.domain.lifecycle import State
from holdline.domain.messages import RESOLVE
from holdline.domain.runbook import ActionRule, RemediationRule
from holdline.domain.timeline import Fact
from holdline.ports import Call, ChangeReceipt
from tests.scenarios.ticketed import TICKETED, Dropping, before, opened, ticketed
from tests.support.scene import pages, when
from workers.virtual import VirtualTime

AGENTS = 500
SUGGESTED = TICKETED.model_copy(
    update={
        "remediation": RemediationRule(actions=(ActionRule(do=ActionKind.REORDER_ROUTE, mode=Mode.SUGGEST),)),
        "announce": (Target.model_validate("slack:voice"),),
    }
)


@dataclass
class Crowded:
    """A lever whose plan has a step for each of hundreds of agents, each in as many words as a step may have."""

    agents: int = AGENTS

    async def plan(self, _rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """One step for each of them."""
        return Plan(steps=tuple(_step(number) for number in range(self.agents)), reason="they lack the skill")

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Nothing of this is ever done."""
        raise AssertionError(change.label)


def _step(number: int) -> Step:
    return Step(
        action=ActionKind.SKILL_AGENTS,
        target=f"agent-{number}/skill",
        label=f"agent {number} ".ljust(200, "ü"),
        back=f"agent {number}: without it again",
        expected=("absent",),
        wanted=("3",),
        resources=(f"agent:{number}",),
    )


async def test_incident_goes_on_whatever_its_rows_say(virtual: VirtualTime) -> None:
    """It is paged, its ticket has the beginning of the row, the ladder climbs, and it ends."""
    levers = dict.fromkeys(ActionKind, Crowded())
    async with ticketed(virtual, SUGGESTED, levers) as story:
        await story.fails()
        record = await opened(story)
        await story.reaches(State.HANDED_OVER)
        await story.at("6m")
        told = await story.snapshot()
        assert ["0s first pagerduty:one", "5m second pagerduty:two"] == pages(told)
        assert any("the runbook only suggests it: agent 0 " in row.text for row in told.timeline)
        assert "agent 0 " in record.facts["description"]
        await story.asks(RESOLVE)
        assert State.RESOLVED is (await story.ends()).state


async def test_keeper_goes_on_whatever_its_system_has_dropped(virtual: VirtualTime) -> None:
    """A ticket of which a hundred fields were not kept is told to the incident by the first of them."""
    async with before(virtual, Dropping(*(f"u_field_of_the_operator_{number}" for number in range(100)))) as story:
        await story.fails()
        await opened(story)
        told = when(await story.snapshot(), Fact.TICKET)[0]
        assert "not kept by the vendor: u_field_of_the_operator_0, " in told
        assert told.endswith("…")
