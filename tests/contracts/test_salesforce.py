"""The contract of keeping tickets at Salesforce."""

from typing import ClassVar

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import Call, CredentialsRefused, Invalid, Misconfigured, Rejected, Throttled
from holdline.simulators.salesforce.oddities import Oddities
from holdline.simulators.salesforce.simulator import Deed
from tests.contracts.contract import FINAL, ClientContract, Codes, Story
from tests.contracts.rig import Rig
from tests.contracts.tickets import Asking, Closing, Finding, Keeper, Opening, Reopening, TicketContract, Updating

pytestmark = pytest.mark.long

DATA = "/services/data/v59.0"
CASE = f"{DATA}/sobjects/Case/*"
CALL = Call(request_id="request-1", effect="preflight:salesforce")


class AtSalesforce(TicketContract):
    """The code in the body counts: a query that is malformed is ours, and a case that is gone is no mistake."""

    final: ClassVar[Codes] = {**TicketContract.final, 400: Misconfigured, 404: Rejected, 429: Throttled}

    @pytest.fixture
    def keeper(self, rig: Rig) -> Keeper:
        """The cases."""
        return Keeper(
            simulator=rig.sandbox.salesforce,
            tickets=lambda clients: clients.salesforce,
            opened=("PATCH", CASE),
            found=("GET", f"{DATA}/query"),
            updated=("POST", f"{DATA}/sobjects/CaseComment"),
            edited=("PATCH", f"{DATA}/composite/sobjects"),
            closed=("PATCH", f"{DATA}/composite/sobjects"),
            asked=("GET", f"{DATA}/query"),
            ended=lambda record: rig.sandbox.salesforce.act(Deed(record=record, fields={"Status": "Closed"})),
            sealed=lambda _: rig.sandbox.salesforce.differ(Oddities(final=True)),
        )


class TestOpening(AtSalesforce, Opening):
    """Upsert by the external id."""


class TestFinding(AtSalesforce, Finding):
    """Query by the external id."""


class TestUpdating(AtSalesforce, Updating):
    """Change, then comment."""


class TestClosing(AtSalesforce, Closing):
    """Comment, then a closed status."""


class TestReopening(AtSalesforce, Reopening):
    """Another status, then comment."""


class TestAsking(AtSalesforce, Asking):
    """Query status and owner."""


class TestProving(ClientContract):
    """Credentials.prove."""

    intent = Intent.READ
    final: ClassVar[Codes] = {**FINAL, 400: CredentialsRefused, 413: Invalid, 422: Invalid}

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read one case."""
        query = f"{DATA}/query"
        return Story(rig.sandbox.salesforce, "GET", query, act=lambda clients: clients.salesforce.prove((), CALL))
