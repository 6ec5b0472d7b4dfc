"""The contract of switching an emergency group."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.change import ActionKind, Change
from holdline.domain.emergency import OFF, ON
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from tests.contracts.contract import ClientContract, Story, at_genesys
from tests.contracts.rig import Rig
from tests.contracts.test_trunks import CALL

GROUPS = "/api/v2/architect/emergencygroups"
SITE = Entity(kind=EntityKind.SITE, id="vienna")


def group_id(rig: Rig) -> str:
    """The group of the first site."""
    return next(iter(rig.sandbox.genesys.world.centre.groups))


def switch_on(rig: Rig) -> Change:
    """Switch the group of the first site on."""
    return Change(
        action=ActionKind.EMERGENCY_GROUP,
        target=group_id(rig),
        label="emergency group Vienna emergency: on",
        expected=(OFF,),
        wanted=(ON,),
        effect="incident/region_degraded/x:1:emergency_group",
    )


class TestPlanningAnEmergency(ClientContract):
    """The plan for an emergency group, where its only request goes wrong."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the group."""
        rule = ActionRule(do=ActionKind.EMERGENCY_GROUP, group=group_id(rig))
        return at_genesys(
            rig, "GET", f"{GROUPS}/{rule.group}", lambda clients: clients.genesys.emergency.plan(rule, SITE, CALL)
        )


class TestSwitchingAGroup(ClientContract):
    """Switching, where the PUT goes wrong."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Switch the group on."""
        change = switch_on(rig)
        return at_genesys(
            rig, "PUT", f"{GROUPS}/{change.target}", lambda clients: clients.genesys.emergency.change(change, CALL)
        )
