"""The contract of keeping tickets at Azure DevOps."""

from typing import ClassVar

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import Call, Rejected
from holdline.simulators.azure.items import Oddities
from holdline.simulators.azure.simulator import Deed
from tests.contracts.contract import Codes, Story
from tests.contracts.rig import Rig
from tests.contracts.tickets import Asking, Closing, Finding, Keeper, Opening, Reopening, TicketContract, Updating

pytestmark = pytest.mark.long

WIT = "/Operations/_apis/wit"
ITEMS = f"{WIT}/workitems"
CALL = Call(request_id="request-1", effect="preflight:azure_devops")


class AtAzure(TicketContract):
    """One project."""

    @pytest.fixture
    def keeper(self, rig: Rig) -> Keeper:
        """The work items of the project."""
        return Keeper(
            simulator=rig.sandbox.azure,
            tickets=lambda clients: clients.azure,
            opened=("POST", f"{ITEMS}/$Issue"),
            found=("POST", f"{WIT}/wiql"),
            updated=("PATCH", f"{ITEMS}/*"),
            edited=("PATCH", f"{ITEMS}/*"),
            closed=("PATCH", f"{ITEMS}/*"),
            asked=("GET", f"{ITEMS}/*"),
            ended=lambda record: rig.sandbox.azure.act(Deed(item=int(record), fields={"System.State": "Done"})),
            sealed=lambda _: rig.sandbox.azure.differ(Oddities(final=True)),
        )


class AboutAnItem(AtAzure):
    """A work item that is gone is told apart from a project that never was."""

    final: ClassVar[Codes] = {**TicketContract.final, 404: Rejected}


class TestOpening(AtAzure, Opening):
    """Create by a patch."""


class TestFinding(AtAzure, Finding):
    """Query by tag."""


class TestUpdating(AboutAnItem, Updating):
    """A patch with a history, on the revision that was read."""


class TestClosing(AboutAnItem, Closing):
    """A patch of the state."""


class TestReopening(AboutAnItem, Reopening):
    """A patch of the state, with a history."""


class TestAsking(AboutAnItem, Asking):
    """Read state and assignment."""


class TestProving(TicketContract):
    """Credentials.prove."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the type of our work items."""
        path = f"{WIT}/workitemtypes/*"
        return Story(rig.sandbox.azure, "GET", path, act=lambda clients: clients.azure.prove((), CALL))
