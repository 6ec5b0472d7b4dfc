"""A vendor that repeats everything it was sent: nothing of it reaches an error, a span or a log."""

from collections.abc import Awaitable, Callable

import pytest

from holdline.domain.change import ActionKind, Change
from holdline.domain.entity import Entity, EntityKind
from tests.clients.scripted import answer, scripted
from tests.contracts.contract import failing
from tests.contracts.notices import notice
from tests.contracts.rig import ROOM, Clients, Rig
from tests.contracts.test_pager import CLOSING, PAGE, QUESTION
from tests.contracts.test_texts import MESSAGE
from tests.contracts.test_trunks import CALL

TRUNK = Entity(kind=EntityKind.TRUNK, id="t1")
CHANGE = Change(
    action=ActionKind.REORDER_ROUTE, target="s/r", label="Out", expected=("a",), wanted=("b",), effect="effect"
)

NOTICE = notice("incidents")

CALLS: dict[str, Callable[[Clients], Awaitable[object]]] = {
    "read": lambda clients: clients.genesys.trunks.read(TRUNK, CALL),
    "change": lambda clients: clients.genesys.routes.change(CHANGE, CALL),
    "page": lambda clients: clients.pagerduty.page(PAGE),
    "state": lambda clients: clients.pagerduty.state(QUESTION),
    "close": lambda clients: clients.pagerduty.close(CLOSING),
    "key": lambda clients: clients.pagerduty.key_of("Q1", CALL),
    "send": lambda clients: clients.twilio.send(MESSAGE),
    "find": lambda clients: clients.twilio.find(MESSAGE),
    "post": lambda clients: clients.slack.send(NOTICE),
    "history": lambda clients: clients.slack.find(NOTICE),
    "replace": lambda clients: clients.slack.update(NOTICE.model_copy(update={"record": f"{ROOM}:1.1"})),
    "card": lambda clients: clients.teams.send(NOTICE),
}


def echo(status: int, body_first: bool) -> Callable[[bytes], bytes]:
    """An answer that holds the whole request, in every field in which a vendor speaks; only its beginning is quoted."""

    def answered(request: bytes) -> bytes:
        head, _, body = request.decode().partition("\r\n\r\n")
        words = body + head if body_first else head + body
        return answer(
            status, {"code": words, "message": words, "error": words, "description": words, "errors": [words]}
        )

    return answered


@pytest.mark.parametrize("body_first", [True, False])
@pytest.mark.parametrize("status", [200, 201, 202, 302, 400, 401, 403, 404, 409, 422, 429, 500])
@pytest.mark.parametrize("what", CALLS)
async def test_what_a_vendor_repeats_goes_no_further(rig: Rig, what: str, status: int, body_first: bool) -> None:
    """Headers, body and query come back in the error body; no secret and no number of them is passed on."""
    async with scripted(echo(status, body_first)) as script, rig.elsewhere(script.url) as clients:
        await failing(rig, CALLS[what](clients))
        assert script.requests


async def test_an_echo_after_the_login_goes_no_further(rig: Rig) -> None:
    """The token that the login host gave is a secret too."""
    token = "canary-genesys-secret-token"
    granted = answer(200, {"access_token": token, "expires_in": 3600})
    async with scripted(granted, echo(400, False)) as script, rig.elsewhere(script.url) as clients:
        error = await failing(rig, CALLS["read"](clients))
    assert "[hidden]" in str(error)
