"""The contract of paging by Jira Service Management, which takes an order before it carries it out."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.keys import alias_of
from holdline.ports import Call
from tests.contracts.contract import Act, ClientContract, Story
from tests.contracts.rig import Rig
from tests.contracts.test_pager import CLOSING, KEY, PAGE, QUESTION

pytestmark = pytest.mark.long

ALIAS = alias_of(KEY)
ALERT = f"/v2/alerts/{ALIAS}"


def counted(rig: Rig, effect: str) -> int:
    """How often something was done to our alert."""
    return len(rig.sandbox.jsm.ledger.of(effect, alias=ALIAS))


def after_page(rig: Rig, verb: str, act: Act, effect: str) -> Story:
    """An order about an open alert, and the effect it has."""
    return Story(
        simulator=rig.sandbox.jsm,
        method="POST",
        path=f"{ALERT}/{verb}",
        prepare=lambda clients: clients.jsm.page(PAGE),
        act=act,
        counted=lambda: counted(rig, effect),
    )


class TestPaging(ClientContract):
    """Pager.page."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Create an alert."""
        return Story(
            simulator=rig.sandbox.jsm,
            method="POST",
            path="/v2/alerts",
            act=lambda clients: clients.jsm.page(PAGE),
            counted=lambda: counted(rig, "alert.created"),
        )


class TestSilencing(ClientContract):
    """Pager.silence."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Acknowledge an open alert on behalf of a person."""
        return after_page(rig, "acknowledge", lambda clients: clients.jsm.silence(CLOSING), "alert.acknowledged")


class TestClosing(ClientContract):
    """Pager.close."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Close an open alert."""
        return after_page(rig, "close", lambda clients: clients.jsm.close(CLOSING), "alert.closed")


class TestAsking(ClientContract):
    """Pager.state; an alert that does not exist (yet) has nobody."""

    intent = Intent.READ
    answers = frozenset({404})

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Ask whether anybody has an alert."""
        return Story(
            simulator=rig.sandbox.jsm,
            method="GET",
            path=ALERT,
            act=lambda clients: clients.jsm.state(QUESTION),
        )


class TestProving(ClientContract):
    """Credentials.prove."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Count the alerts with the key of each team."""
        call = Call(request_id="request-1", effect="preflight:jsm")
        return Story(
            simulator=rig.sandbox.jsm,
            method="GET",
            path="/v2/alerts/count",
            act=lambda clients: clients.jsm.prove((), call),
        )
