"""Tickets at ServiceNow through an import set: answered 200 whatever became of the row."""

from typing import Any

import pytest

from holdline.clients.servicenow import Desk
from holdline.ports import Invalid, Misconfigured, OutcomeUnknown, TicketReceipt
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.servicenow.oddities import Oddities
from holdline.simulators.servicenow.simulator import ServiceNow as Instance
from tests.clients.scripted import answer, scripted
from tests.clients.test_servicenow import basic, instance
from tests.contracts.rig import Rig
from tests.contracts.tickets import OPENING

__all__ = ["instance"]


async def imported(rig: Rig) -> TicketReceipt:
    """Open a ticket through the import table."""
    client = basic(rig.sandbox.servicenow_url, Desk(import_table="u_holdline_import"))
    try:
        return await client.open(OPENING)
    finally:
        await client.aclose()


async def test_an_import_folds_by_the_key(rig: Rig, instance: Instance) -> None:
    """The same key twice is one ticket, without a look-up."""
    first, second = await imported(rig), await imported(rig)
    assert (first.id, False, True) == (second.id, first.adopted, second.adopted)
    assert 1 == len(instance.ledger.of("ticket.created"))


@pytest.mark.parametrize(
    "oddities", [Oddities(transform_error="Unable to resolve group"), Oddities(business_rule="Require a group")]
)
async def test_an_import_that_failed_is_answered_200(rig: Rig, instance: Instance, oddities: Oddities) -> None:
    """What became of the row is in the row."""
    instance.oddities = oddities
    with pytest.raises(Invalid, match="group"):
        await imported(rig)
    assert [] == instance.ledger


@pytest.mark.parametrize(
    "lie", [{"result": []}, {"result": [{"status": "inserted"}]}, {"result": [{"status": "ignored", "table": "task"}]}]
)
async def test_an_import_without_a_record_is_in_doubt(lie: dict[str, Any]) -> None:
    """The row was staged, and may be transformed later."""
    async with scripted(answer(200, {"result": []}), answer(200, lie)) as script:
        client = basic(script.url, Desk(import_table="u_holdline_import"))
        with pytest.raises(OutcomeUnknown):
            await client.open(OPENING)
        await client.aclose()


async def test_an_unknown_import_table_is_misconfigured(rig: Rig) -> None:
    """A name that is wrong is told as such."""
    client = basic(rig.sandbox.servicenow_url, Desk(import_table="u_other"))
    with pytest.raises(Misconfigured, match="u_other"):
        await client.open(OPENING)
    await client.aclose()


async def test_an_import_whose_answer_was_lost_is_the_same_afterwards(rig: Rig, instance: Instance) -> None:
    """Committed, then torn off: repeated without a look-up it is still one ticket."""
    match = Match(method="POST", path="/api/now/import")
    instance.faults.add(Fault(kind=FaultKind.RESET, when=When.AFTER, match=match))
    with pytest.raises(OutcomeUnknown):
        await imported(rig)
    assert (await imported(rig)).adopted
    assert 1 == len(instance.ledger.of("ticket.created"))
