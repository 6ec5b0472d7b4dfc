"""The external id of a case stands in a path, and must lead back to its incident."""

import hashlib

import pytest

from holdline.domain.keys import external_of, key_of_external
from tests.contracts.rig import Rig
from tests.contracts.tickets import OPENING


@pytest.mark.parametrize("key", ["holdline/queue_overflow/" + "x" * 300, "holdline/trunk/it's.a\\path?/1", "a%2Fb"])
async def test_a_key_that_a_path_cannot_hold_finds_its_case(rig: Rig, key: str) -> None:
    """Slashes are written otherwise, what is stranger is digested; no quote ends the condition of a query."""
    client, order = rig.patient.salesforce, OPENING.model_copy(update={"key": key})
    receipt = await client.open(order)
    await client.open(OPENING)
    assert [receipt.id] == [each.id for each in await client.find(order)]


async def test_a_key_with_colons_and_dots_is_written_whole(rig: Rig) -> None:
    """A path holds neither as it is; the gateway reads the incident's key out of what stands in the case."""
    key = "holdline/trunk_failure/site:vienna.1/3/0a1b2c3d"
    client, order = rig.patient.salesforce, OPENING.model_copy(update={"key": key})
    receipt = await client.open(order)
    assert [receipt.id] == [each.id for each in await client.find(order)]
    (case,) = rig.sandbox.salesforce.cases.all.values()
    external = case.values["Holdline_Key__c"]
    assert "holdline:trunk_failure:site~cvienna~d1:3:0a1b2c3d" == external
    assert key == key_of_external(external)


@pytest.mark.parametrize("entity", ["site:vienna.1", "queue.é"])
async def test_a_case_of_an_earlier_release_is_found(rig: Rig, entity: str) -> None:
    """There such a key was a digest: its case is adopted, and no second one is made after an upgrade."""
    client, cases = rig.patient.salesforce, rig.sandbox.salesforce.cases
    key = f"holdline/trunk_failure/{entity}/3/0a1b2c3d"
    order = OPENING.model_copy(update={"key": key})
    digest = f"holdline:{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    earlier = cases.create({"Holdline_Key__c": digest}, None).values["Id"]
    receipt = await client.open(order)
    assert (earlier, True, 1) == (receipt.id, receipt.adopted, len(cases.all))
    other = cases.create({"Holdline_Key__c": external_of(key)}, None).values["Id"]
    assert [earlier, other] == [each.id for each in await client.find(order)]
    assert other == (await client.open(order)).id
