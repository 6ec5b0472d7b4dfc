"""The contract of keeping tickets at ServiceNow."""

from typing import ClassVar

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import Call, Invalid, Rejected
from holdline.simulators.servicenow.simulator import Deed
from tests.contracts.contract import FINAL, ClientContract, Codes, Story
from tests.contracts.rig import Rig
from tests.contracts.tickets import Asking, Closing, Finding, Keeper, Opening, Reopening, TicketContract, Updating

TABLE = "/api/now/v2/table/incident"
RECORD = f"{TABLE}/*"
CALL = Call(request_id="request-1", effect="preflight:servicenow")


class AtServiceNow(TicketContract):
    """A record that is gone is told apart from a table that never was."""

    final: ClassVar[Codes] = {**TicketContract.final, 404: Rejected}

    @pytest.fixture
    def keeper(self, rig: Rig) -> Keeper:
        """The table of incidents."""
        return Keeper(
            simulator=rig.sandbox.servicenow,
            tickets=lambda clients: clients.servicenow,
            opened=("POST", TABLE),
            found=("GET", TABLE),
            updated=("PATCH", RECORD),
            edited=("PATCH", RECORD),
            closed=("PATCH", RECORD),
            asked=("GET", RECORD),
            ended=lambda record: _write(rig, record, state="6", close_code="User error", close_notes="A cable."),
            sealed=lambda record: _write(rig, record, state="7"),
        )


def _write(rig: Rig, record: str, **fields: str) -> None:
    """Let a person write fields."""
    rig.sandbox.servicenow.act(Deed(record=record, fields=fields))


class TestOpening(AtServiceNow, Opening):
    """Insert."""


class TestFinding(AtServiceNow, Finding):
    """Query by correlation id."""


class TestUpdating(AtServiceNow, Updating):
    """Patch with a work note."""


class TestClosing(AtServiceNow, Closing):
    """Patch to a closed state."""

    notes = 0


class TestReopening(AtServiceNow, Reopening):
    """Patch to a state in which it is worked on."""


class TestAsking(AtServiceNow, Asking):
    """Read state and assignment."""


class TestProving(ClientContract):
    """Credentials.prove."""

    intent = Intent.READ
    final: ClassVar[Codes] = {**FINAL, 400: Invalid, 413: Invalid, 422: Invalid}

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read one record of the table."""
        return Story(rig.sandbox.servicenow, "GET", TABLE, act=lambda clients: clients.servicenow.prove((), CALL))
