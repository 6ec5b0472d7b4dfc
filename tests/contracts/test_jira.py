"""The contract of keeping tickets at Jira Cloud."""

from typing import ClassVar

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import Call, Rejected
from holdline.simulators.faults import FaultKind, When
from holdline.simulators.jira.desk import Oddities
from holdline.simulators.jira.simulator import Deed
from tests.contracts.contract import SPOILT, Codes, Story
from tests.contracts.rig import Rig
from tests.contracts.tickets import Asking, Closing, Finding, Keeper, Opening, Reopening, TicketContract, Updating

pytestmark = pytest.mark.long

ISSUES = "/rest/api/3/issue"
CALL = Call(request_id="request-1", effect="preflight:jira")


class AtJira(TicketContract):
    """One project."""

    @pytest.fixture
    def keeper(self, rig: Rig) -> Keeper:
        """The issues of the site."""
        return Keeper(
            simulator=rig.sandbox.jira,
            tickets=lambda clients: clients.jira,
            opened=("POST", ISSUES),
            found=("POST", "/rest/api/3/search/jql"),
            updated=("POST", f"{ISSUES}/*/comment"),
            edited=("PUT", f"{ISSUES}/*"),
            closed=("POST", f"{ISSUES}/*/transitions"),
            asked=("GET", f"{ISSUES}/*"),
            ended=lambda record: rig.sandbox.jira.act(Deed(issue=record, do="resolve")),
            sealed=lambda _: rig.sandbox.jira.differ(Oddities(final=True)),
        )


class AboutAnIssue(AtJira):
    """An issue that is gone is told apart from a project that never was."""

    final: ClassVar[Codes] = {**TicketContract.final, 404: Rejected}


class TestOpening(AtJira, Opening):
    """Create."""


class TestFinding(AtJira, Finding):
    """Search by label."""


class TestUpdating(AboutAnIssue, Updating):
    """Edit, then comment."""


class TestClosing(AboutAnIssue, Closing):
    """A transition with a comment, whose success has no body that could be spoilt."""

    @pytest.mark.parametrize("when", When)
    @pytest.mark.parametrize("kind", [kind for kind in SPOILT if kind not in (FaultKind.DRIP, FaultKind.TRUNCATE)])
    async def test_a_spoilt_answer_is_never_a_success(
        self, rig: Rig, story: Story, kind: FaultKind, when: When
    ) -> None:
        """Every other way to lose the answer."""
        await super().test_a_spoilt_answer_is_never_a_success(rig, story, kind, when)


class TestReopening(AboutAnIssue, Reopening):
    """A transition back, whose success has no body that could be spoilt."""

    @pytest.mark.parametrize("when", When)
    @pytest.mark.parametrize("kind", [kind for kind in SPOILT if kind not in (FaultKind.DRIP, FaultKind.TRUNCATE)])
    async def test_a_spoilt_answer_is_never_a_success(
        self, rig: Rig, story: Story, kind: FaultKind, when: When
    ) -> None:
        """Every other way to lose the answer."""
        await super().test_a_spoilt_answer_is_never_a_success(rig, story, kind, when)


class TestAsking(AboutAnIssue, Asking):
    """Read status and assignee."""


class TestProving(TicketContract):
    """Credentials.prove."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Ask for the permissions in the project."""
        path = "/rest/api/3/mypermissions"
        return Story(rig.sandbox.jira, "GET", path, act=lambda clients: clients.jira.prove((), CALL))
