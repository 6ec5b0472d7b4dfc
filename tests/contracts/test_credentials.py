"""The contract of proving a credential at each vendor."""

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import Call, CredentialsRefused
from tests.contracts.contract import ClientContract, Story, at_genesys, failing
from tests.contracts.rig import Rig

CALL = Call(request_id="request-1", effect="preflight:genesys")
ME = "/api/v2/authorization/subjects/me"
TELEPHONY = ("telephony:plugin:all",)


class TestGenesys(ClientContract):
    """The OAuth client and its permissions."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the roles of the caller."""
        return at_genesys(rig, "GET", ME, lambda clients: clients.genesys.grants.prove(TELEPHONY, CALL))


class TestPagerDuty(ClientContract):
    """The REST key."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read what the account may use."""
        return Story(
            simulator=rig.sandbox.pagerduty,
            method="GET",
            path="/abilities",
            act=lambda clients: clients.pagerduty.prove((), CALL),
        )


class TestTwilio(ClientContract):
    """The account."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the account."""
        return Story(
            simulator=rig.sandbox.twilio,
            method="GET",
            path="/2010-04-01/Accounts/*.json",
            act=lambda clients: clients.twilio.prove((), CALL),
        )


async def test_a_missing_permission_is_named(rig: Rig) -> None:
    """All that are missing, and none of those that are there."""
    wanted = (*TELEPHONY, "routing:queue:delete", "architect:flow:launch")
    error = await failing(rig, rig.patient.genesys.grants.prove(wanted, CALL))
    assert CredentialsRefused is type(error)
    assert "the OAuth client lacks routing:queue:delete, architect:flow:launch" == error.reason
