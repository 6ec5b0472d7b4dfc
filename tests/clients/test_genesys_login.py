"""The token: fetched once, renewed once, and a refusal is about the credential."""

import asyncio
from datetime import timedelta

import pytest

from holdline.clients.genesys import Genesys
from holdline.clients.network import Limits, Network
from holdline.clients.secret import Reader
from holdline.domain.change import ActionKind, Change
from holdline.domain.entity import Entity, EntityKind
from holdline.ports import Call, CredentialsRefused, Throttled, Unavailable
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.sandbox import Sandbox
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import CLIENT_ID, CLIENT_SECRET, PATIENT, Rig

CALL = Call(request_id="request-1", effect="effect")
MANY = 20


def genesys(url: str, secret: Reader = lambda: CLIENT_SECRET, client_id: str = CLIENT_ID) -> Genesys:
    """A client that has no token yet."""
    network = Network(limits=PATIENT)
    return Genesys(login_url=url, api_url=url, client_id=client_id, client_secret=secret, network=network)


def trunk(rig: Rig) -> Entity:
    """The primary trunk of the first site."""
    return Entity(kind=EntityKind.TRUNK, id=rig.sandbox.genesys.world.places[0].primary_trunk_id)


def logins(sandbox: Sandbox) -> int:
    """How often a token was asked for."""
    return sum("/oauth/token" == each["path"] for each in sandbox.genesys.requests)


def refusals(sandbox: Sandbox) -> int:
    """How often a token was refused."""
    return sum(401 == each["status"] for each in sandbox.genesys.requests)


async def test_one_token_serves_all(rig: Rig) -> None:
    """Twenty readings at once, and twenty after them, need one login."""
    client = genesys(rig.sandbox.genesys_url)
    for _ in range(2):
        await asyncio.gather(*(client.trunks.read(trunk(rig), CALL) for _ in range(MANY)))
    await client.aclose()
    assert 1 == logins(rig.sandbox)


@pytest.mark.parametrize("how", ["revoke_all", "expire_all"])
async def test_a_token_that_ended_is_renewed_once(rig: Rig, how: str) -> None:
    """When the token dies under twenty readings, all of them succeed after one new login."""
    client = genesys(rig.sandbox.genesys_url)
    await client.trunks.read(trunk(rig), CALL)
    getattr(rig.sandbox.genesys.tokens, how)()
    await asyncio.gather(*(client.trunks.read(trunk(rig), CALL) for _ in range(MANY)))
    await client.aclose()
    assert 2 == logins(rig.sandbox)
    assert 1 <= refusals(rig.sandbox) <= MANY


async def test_a_token_is_renewed_before_its_end(rig: Rig) -> None:
    """A token in the last tenth of its life is not used any more."""
    granted = answer(200, {"access_token": "token", "expires_in": 1})
    found = answer(200, {"id": trunk(rig).id})
    async with scripted(granted, found, granted, found) as script, elsewhere(script.url) as client:
        await client.trunks.read(trunk(rig), CALL)
        await asyncio.sleep(0.92)
        await client.trunks.read(trunk(rig), CALL)
        assert ["POST", "GET", "POST", "GET"] == [path.partition(" ")[0] for path in script.paths]


async def test_a_second_refusal_is_the_credential(rig: Rig) -> None:
    """A new token that is refused as well is no matter of time: two requests, then a human."""
    match = Match(path="/api/v2/")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=401, match=match, times=None))
    with pytest.raises(CredentialsRefused, match="OAuth client"):
        await rig.patient.genesys.trunks.read(trunk(rig), CALL)
    assert 2 == refusals(rig.sandbox)


@pytest.mark.parametrize(("client_id", "secret"), [(CLIENT_ID, "wrong"), ("unknown", CLIENT_SECRET)])
async def test_a_wrong_credential_is_refused_by_name(rig: Rig, client_id: str, secret: str) -> None:
    """The login host's refusal names the OAuth client and shows nothing of it."""
    client = genesys(rig.sandbox.genesys_url, lambda: secret, client_id)
    with pytest.raises(CredentialsRefused, match="Genesys login: refused the OAuth client") as caught:
        await client.trunks.read(trunk(rig), CALL)
    await client.aclose()
    assert "wrong" not in str(caught.value)


async def test_an_unknown_client_is_a_refused_credential(rig: Rig) -> None:
    """The login host may answer 400 to a client that was deleted."""
    refusal = answer(400, {"error": "invalid_client", "description": "client not found: invalid_client"})
    async with scripted(refusal) as script:
        client = genesys(script.url)
        with pytest.raises(CredentialsRefused, match="client not found"):
            await client.trunks.read(trunk(rig), CALL)
        await client.aclose()


async def test_a_permission_that_lacks_is_named(rig: Rig) -> None:
    """A 403 says which permission to grant."""
    watch = rig.sandbox.settings.genesys.clients[0].model_copy(update={"id": "reader", "permissions": frozenset()})
    narrow = rig.sandbox.settings.genesys.model_copy(update={"clients": (watch,)})
    async with Sandbox(rig.sandbox.settings.model_copy(update={"genesys": narrow})).running() as sandbox:
        client = genesys(sandbox.genesys_url, client_id="reader")
        with pytest.raises(CredentialsRefused, match="telephony:plugin:all"):
            await client.trunks.read(trunk(rig), CALL)
        await client.aclose()


async def test_a_rotated_secret_is_used_at_the_next_login(rig: Rig) -> None:
    """The secret is read when it is used: no restart."""
    held = ["wrong"]
    client = genesys(rig.sandbox.genesys_url, lambda: held[0])
    with pytest.raises(CredentialsRefused):
        await client.trunks.read(trunk(rig), CALL)
    held[0] = CLIENT_SECRET
    await client.trunks.read(trunk(rig), CALL)
    await client.aclose()


async def test_a_refusal_is_not_unpacked(rig: Rig) -> None:
    """A 401 whose body claims to be compressed is a 401: the token is renewed all the same."""
    refusal = answer(401, b"not a zip", content_encoding="gzip")
    trunk_document = answer(200, {"id": trunk(rig).id})
    async with scripted(TOKEN, refusal, TOKEN, trunk_document) as script, elsewhere(script.url) as client:
        await client.trunks.read(trunk(rig), CALL)
        assert 4 == len(script.requests)


async def test_a_write_refused_for_its_token_was_not_processed() -> None:
    """The deadline passes while a new token is fetched: the refused write is not in doubt."""
    patience = timedelta(seconds=1.5)
    limits = Limits(connect=patience, read=patience, write=patience, pool=patience, attempt=patience)
    before = {"id": "r", "version": 1, "externalTrunkBases": [{"id": "a"}, {"id": "b"}]}
    change = Change(
        action=ActionKind.REORDER_ROUTE,
        target="s/r",
        label="Out",
        expected=("a", "b"),
        wanted=("b", "a"),
        effect="effect",
    )
    silence = b"HTTP/1.1 200 OK\r\n"
    async with scripted(TOKEN, answer(200, before), answer(401, {}), silence) as script:
        async with elsewhere(script.url, network=Network(limits=limits)) as client:
            with pytest.raises(Unavailable, match="nothing was processed"):
                await client.routes.change(change, CALL)
        assert "POST /oauth/token" == script.paths[-1]


LOGIN_FAULTS = [
    (Fault(kind=FaultKind.STATUS, status=503, match=Match(path="/oauth")), Unavailable),
    (Fault(kind=FaultKind.STATUS, status=429, retry_after=7, match=Match(path="/oauth")), Throttled),
    (Fault(kind=FaultKind.RESET, match=Match(path="/oauth")), Unavailable),
    (Fault(kind=FaultKind.HTML, match=Match(path="/oauth")), Unavailable),
    (Fault(kind=FaultKind.LYING_200, match=Match(path="/oauth")), Unavailable),
    (Fault(kind=FaultKind.TRUNCATE, match=Match(path="/oauth")), Unavailable),
]


@pytest.mark.parametrize(("fault", "error"), LOGIN_FAULTS)
async def test_a_login_that_fails_may_be_repeated(rig: Rig, fault: Fault, error: type[Exception]) -> None:
    """Without a token nothing was sent to the platform; the next call logs in."""
    client = genesys(rig.sandbox.genesys_url)
    rig.sandbox.genesys.faults.add(fault)
    with pytest.raises(error, match="Genesys login"):
        await client.trunks.read(trunk(rig), CALL)
    await client.trunks.read(trunk(rig), CALL)
    await client.aclose()


async def test_a_login_that_hangs_holds_nobody_for_long(rig: Rig) -> None:
    """One that waits for the token of another ends with its own deadline, and a cancelled login blocks none."""
    client = genesys(rig.sandbox.genesys_url)
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.HANG, seconds=60, match=Match(path="/oauth")))
    first = asyncio.ensure_future(client.trunks.read(trunk(rig), CALL))
    while not logins(rig.sandbox):  # noqa: ASYNC110 - a request log has no event to wait for
        await asyncio.sleep(0.01)
    second = asyncio.ensure_future(client.trunks.read(trunk(rig), CALL))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).entity.id == trunk(rig).id
    await client.aclose()
