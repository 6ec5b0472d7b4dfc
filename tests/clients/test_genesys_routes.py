"""Reading outbound routes and changing their order."""

import json
from typing import Any

import pytest

from holdline.domain.change import ActionKind, Change
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.route import Situation
from holdline.ports import Call, Conflict, OutcomeUnknown, Rejected, Unavailable
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.genesys.world import Route, World
from holdline.simulators.sandbox import Sandbox
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import CLIENT_ID, CLIENT_SECRET, Rig, settings
from tests.contracts.test_routes import switch

CALL = Call(request_id="request-1", effect="incident/trunk_failure/x:1:route")


def trunk(rig: Rig) -> Entity:
    """The primary trunk of the first site."""
    return Entity(kind=EntityKind.TRUNK, id=rig.sandbox.genesys.world.places[0].primary_trunk_id)


def the_route(rig: Rig) -> Route:
    """The first site's route as it stands."""
    world: World = rig.sandbox.genesys.world
    return world.routes[world.places[0].route_id]


async def test_a_trunk_leads_to_its_routes(rig: Rig) -> None:
    """Trunk, edge, site, routes: the carriers come in order, each with its health."""
    rig.sandbox.genesys.set_trunk(trunk(rig).id, connected=False)
    place = rig.sandbox.genesys.world.places[0]
    (route,) = (await rig.patient.genesys.routes.of_trunk(trunk(rig), CALL)).routes
    assert (place.site_id, "Vienna", place.route_id, 1) == (route.site_id, route.site, route.id, route.version)
    assert [(place.primary_base_id, False), (place.secondary_base_id, True)] == [
        (carrier.id, carrier.healthy) for carrier in route.carriers
    ]
    assert "Vienna Alpine Voice" == route.carriers[1].label


async def test_a_carrier_that_is_switched_off_is_not_healthy(rig: Rig) -> None:
    """What an administrator took out of service takes no calls."""
    rig.sandbox.genesys.set_trunk(rig.sandbox.genesys.world.places[0].secondary_trunk_id, in_service=False)
    (route,) = (await rig.patient.genesys.routes.of_trunk(trunk(rig), CALL)).routes
    assert [True, False] == [carrier.healthy for carrier in route.carriers]


async def test_a_route_that_is_off_or_elsewhere_is_left_out(rig: Rig) -> None:
    """Only the enabled routes that use the carrier are of interest."""
    route = the_route(rig)
    rig.sandbox.genesys.world.write(Route(**{**vars(route), "enabled": False}))
    assert () == (await rig.patient.genesys.routes.of_trunk(trunk(rig), CALL)).routes
    rig.sandbox.genesys.world.write(Route(**{**vars(route), "bases": route.bases[1:]}))
    assert () == (await rig.patient.genesys.routes.of_trunk(trunk(rig), CALL)).routes


EDGES = "/api/v2/telephony/providers/edges"


@pytest.mark.parametrize("kind", [FaultKind.LYING_200, FaultKind.HTML, FaultKind.TRUNCATE, FaultKind.RESET])
@pytest.mark.parametrize("path", ["trunk?", "sites/*/outboundroutes", "????????-*"], ids=["trunks", "routes", "edge"])
async def test_no_step_is_skipped(rig: Rig, path: str, kind: FaultKind) -> None:
    """Trunks, routes, edge: whichever answer is spoilt, the reading fails; it never looks like "no routes"."""
    match = Match(method="GET", path=f"{EDGES}/{path}")
    rig.sandbox.genesys.faults.add(Fault(kind=kind, match=match))
    with pytest.raises(Unavailable):
        await rig.patient.genesys.routes.of_trunk(trunk(rig), CALL)
    assert [] == rig.sandbox.genesys.faults.listed()


async def test_trunks_beyond_the_first_page_count() -> None:
    """With more trunks than a page holds, the carriers of the last site are judged as well."""
    plain = settings()
    wide = plain.model_copy(update={"genesys": plain.genesys.model_copy(update={"sites": 60})})
    async with (
        Sandbox(wide).running() as sandbox,
        elsewhere(sandbox.genesys_url, CLIENT_ID, CLIENT_SECRET) as client,
    ):
        place = sandbox.genesys.world.places[-1]
        last = Entity(kind=EntityKind.TRUNK, id=place.primary_trunk_id)
        (route,) = (await client.routes.of_trunk(last, CALL)).routes
        assert [True, True] == [carrier.healthy for carrier in route.carriers]


async def test_only_the_order_is_changed(rig: Rig) -> None:
    """The PUT replaces everything, so everything else goes back as it came."""
    route = Route(**{**vars(the_route(rig)), "description": "night", "classifications": ("Emergency",)})
    rig.sandbox.genesys.world.write(route)
    receipt = await rig.patient.genesys.routes.change(switch(rig), CALL)
    changed = Route(**{**vars(route), "bases": route.bases[::-1], "version": 2})
    assert ("version 2", route.bases[::-1], False) == (receipt.proof, receipt.state, receipt.adopted)
    assert changed == the_route(rig)


async def test_an_order_that_is_so_already_is_adopted(rig: Rig) -> None:
    """The same change again writes nothing."""
    await rig.patient.genesys.routes.change(switch(rig), CALL)
    receipt = await rig.patient.genesys.routes.change(switch(rig), CALL)
    assert receipt.adopted
    assert 2 == the_route(rig).version


async def test_the_inverse_puts_back_what_was(rig: Rig) -> None:
    """There and back again is the first order."""
    before = the_route(rig).bases
    await rig.patient.genesys.routes.change(switch(rig), CALL)
    await rig.patient.genesys.routes.change(switch(rig).inverse("revert", "back"), CALL)
    assert before == the_route(rig).bases


async def test_an_order_that_somebody_else_made_is_left(rig: Rig) -> None:
    """Neither expected nor wanted: nothing is written (V17)."""
    route = Route(**{**vars(the_route(rig)), "bases": the_route(rig).bases[:1], "version": 5})
    rig.sandbox.genesys.world.write(route)
    with pytest.raises(Conflict, match="changed by somebody else"):
        await rig.patient.genesys.routes.change(switch(rig), CALL)
    assert route == the_route(rig)


async def test_a_version_conflict_is_judged_again(rig: Rig) -> None:
    """Somebody wrote between our reading and our writing, but not the order: the second try counts (V13)."""
    match = Match(method="PUT", path="/api/")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=409, match=match))
    receipt = await rig.patient.genesys.routes.change(switch(rig), CALL)
    assert ("version 2", False) == (receipt.proof, receipt.adopted)


async def test_a_lost_answer_is_adopted_by_the_next_attempt(rig: Rig) -> None:
    """The change was made and the answer lost: repeating it looks first and writes nothing."""
    match = Match(method="PUT", path="/api/")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.RESET, when=When.AFTER, match=match))
    with pytest.raises(OutcomeUnknown):
        await rig.patient.genesys.routes.change(switch(rig), CALL)
    assert (await rig.patient.genesys.routes.change(switch(rig), CALL)).adopted
    assert 1 == len(rig.sandbox.genesys.ledger)


CHANGE = Change(
    action=ActionKind.REORDER_ROUTE,
    target="s1/r1",
    label="Vienna outbound",
    expected=("a", "b"),
    wanted=("b", "a"),
    effect="effect",
)


def route(version: int, *order: str, **more: Any) -> bytes:
    """A scripted route document."""
    bases = [{"id": each, "name": each.upper(), "selfUri": f"/{each}"} for each in order]
    return answer(200, {"id": "r1", "name": "Out", "version": version, "externalTrunkBases": bases, **more})


BEFORE, AFTER = route(1, "a", "b"), route(2, "b", "a")


async def test_an_old_reading_after_a_write_is_looked_at_again() -> None:
    """The first readings after a write may be old (V15)."""
    async with scripted(TOKEN, BEFORE, AFTER, BEFORE, AFTER) as script, elsewhere(script.url) as client:
        receipt = await client.routes.change(CHANGE, CALL)
        assert ("version 2", ("b", "a")) == (receipt.proof, receipt.state)


async def test_a_change_that_never_shows_is_no_success() -> None:
    """Accepted, but it still reads as before (V16)."""
    async with scripted(TOKEN, BEFORE, AFTER, BEFORE) as script, elsewhere(script.url) as client:
        with pytest.raises(OutcomeUnknown, match="still reads as before"):
            await client.routes.change(CHANGE, CALL)
        assert 4 == sum(path.startswith("GET") for path in script.paths)


async def test_a_change_that_cannot_be_read_back_is_no_success() -> None:
    """Whatever keeps it from being read, the change may stand: repeat it."""
    for refusal in (answer(503, {}), answer(403, {}), answer(404, {}), b""):
        async with scripted(TOKEN, BEFORE, AFTER, refusal) as script, elsewhere(script.url) as client:
            with pytest.raises(OutcomeUnknown, match="could not be read back"):
                await client.routes.change(CHANGE, CALL)


async def test_somebody_who_changes_right_after_us_is_respected() -> None:
    """A third order in the read-back is somebody else's."""
    async with scripted(TOKEN, BEFORE, AFTER, route(3, "c", "a")) as script, elsewhere(script.url) as client:
        with pytest.raises(Conflict, match="right after us"):
            await client.routes.change(CHANGE, CALL)


async def test_fields_that_nobody_knows_go_back_as_they_came() -> None:
    """A newer field of the vendor survives our write, numbers and nulls included."""
    known = {"later": {"depth": [1, 2.5, None, "ü"]}, "enabled": True, "managed": None}
    before = route(1, "a", "b", **known)
    async with scripted(TOKEN, before, AFTER, AFTER) as script, elsewhere(script.url) as client:
        await client.routes.change(CHANGE, CALL)
        (put,) = [request for request in script.requests if request.startswith(b"PUT")]
    document = json.loads(before.partition(b"\r\n\r\n")[2])
    document["externalTrunkBases"].reverse()
    assert document == json.loads(put.partition(b"\r\n\r\n")[2])


async def test_an_answer_that_shows_another_order_is_no_receipt() -> None:
    """A 200 that shows the old order is not believed."""
    async with scripted(TOKEN, BEFORE, BEFORE) as script, elsewhere(script.url) as client:
        with pytest.raises(OutcomeUnknown, match="another order"):
            await client.routes.change(CHANGE, CALL)


async def test_a_listing_without_end_is_refused() -> None:
    """An organisation too large to judge in one go is said to be so."""
    endless = answer(200, {"entities": [], "pageCount": 1_000_000})
    async with scripted(TOKEN, endless) as script, elsewhere(script.url) as client:
        with pytest.raises(Rejected, match="more than 5000"):
            await client.routes.of_trunk(Entity(kind=EntityKind.TRUNK, id="t1"), CALL)


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("known", "carrier"), [({"trunkBase": {"id": "a"}}, "a"), ({"edge": {"id": "e1"}}, ""), ({}, "")]
)
async def test_a_trunk_without_site_or_carrier_has_no_routes(known: dict[str, Any], carrier: str, listed: bool) -> None:
    """There is nothing to reorder for it; that is no failure of the reading. One that no list has is read by itself."""
    found, edge = {"id": "t1", **known}, answer(200, {"id": "e1", "site": {"id": "s1"}})
    listing = answer(200, {"entities": [found] if listed else [], "pageCount": 1})
    alone = () if listed else (answer(200, found),)
    async with scripted(TOKEN, listing, *alone, edge) as script, elsewhere(script.url) as client:
        situation = await client.routes.of_trunk(Entity(kind=EntityKind.TRUNK, id="t1"), CALL)
        assert Situation(carrier=carrier, routes=()) == situation
