"""Reading a trunk of the sandbox."""

import pytest

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.ports import Call, Rejected, Unavailable
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import Rig

CALL = Call(request_id="request-1", effect="incident/trunk_failure/" + "x" * 120 + ":1:read:7")


def trunk(rig: Rig) -> Entity:
    """The primary trunk of the first site."""
    return Entity(kind=EntityKind.TRUNK, id=rig.sandbox.genesys.world.places[0].primary_trunk_id)


async def test_a_trunk_that_is_down_is_a_critical_breach(rig: Rig) -> None:
    """The observation names the trunk as Genesys does, says since when, and carries an aware time."""
    rig.sandbox.genesys.set_trunk(trunk(rig).id, connected=False)
    seen = await rig.patient.genesys.trunks.read(trunk(rig), CALL)
    assert (IncidentKind.TRUNK_FAILURE, Verdict.BREACH, Severity.CRITICAL) == (seen.kind, seen.verdict, seen.severity)
    assert "Vienna Danube Telecom trunk" == seen.entity.name
    assert seen.reason.startswith("not connected since ")
    assert seen.at.tzinfo is not None


async def test_a_trunk_that_is_up_is_healthy(rig: Rig) -> None:
    """A healthy reading has no severity that could raise an incident's."""
    seen = await rig.patient.genesys.trunks.read(trunk(rig), CALL)
    assert (Verdict.HEALTHY, Severity.LOW) == (seen.verdict, seen.severity)


async def test_a_trunk_that_is_switched_off_is_unknown(rig: Rig) -> None:
    """What an administrator took out of service is no incident."""
    rig.sandbox.genesys.set_trunk(trunk(rig).id, connected=False, in_service=False)
    assert Verdict.UNKNOWN is (await rig.patient.genesys.trunks.read(trunk(rig), CALL)).verdict


async def test_each_reading_is_an_event_of_its_own(rig: Rig) -> None:
    """Two readings of one state are two observations: recovery counts them."""
    first = await rig.patient.genesys.trunks.read(trunk(rig), CALL)
    second = await rig.patient.genesys.trunks.read(trunk(rig), CALL)
    assert first.event_id != second.event_id


async def test_a_name_that_is_known_is_kept(rig: Rig) -> None:
    """What the incident calls the trunk stays its name."""
    named = trunk(rig).model_copy(update={"name": "Main line", "site": "Vienna"})
    assert named == (await rig.patient.genesys.trunks.read(named, CALL)).entity


async def test_a_trunk_that_is_gone_is_for_a_human(rig: Rig) -> None:
    """A deleted trunk is refused, not down."""
    with pytest.raises(Rejected, match="Unable to find the trunk"):
        await rig.patient.genesys.trunks.read(Entity(kind=EntityKind.TRUNK, id="gone"), CALL)


async def test_the_carrier_is_the_trunk_base(rig: Rig) -> None:
    """The carrier of a trunk is its trunk base."""
    place = rig.sandbox.genesys.world.places[0]
    assert place.primary_base_id == (await rig.patient.genesys.routes.of_trunk(trunk(rig), CALL)).carrier


async def test_a_field_that_changed_its_type_is_not_guessed() -> None:
    """A trunk whose health is told in another way is a failed reading, never a breach."""
    changed = answer(200, {"id": "t1", "state": "active", "inService": "yes", "connectedStatus": {"connected": 0}})
    async with scripted(TOKEN, changed) as script, elsewhere(script.url) as client:
        with pytest.raises(Unavailable, match="not as documented"):
            await client.trunks.read(Entity(kind=EntityKind.TRUNK, id="t1"), CALL)
