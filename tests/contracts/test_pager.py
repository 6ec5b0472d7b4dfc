"""The contract of paging by PagerDuty."""

from datetime import UTC, datetime

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import Severity
from holdline.ports import Call, Page, PageClosing, PageQuestion
from tests.contracts.contract import Act, ClientContract, Story
from tests.contracts.rig import Rig

KEY = "holdline/trunk_failure/b3c1/1"
WHO = {"request_id": "request-1", "effect": "incident/trunk_failure/b3c1:1:page", "service": "voice", "key": KEY}
PAGE = Page(
    **WHO,
    summary="Trunk Vienna Danube Telecom is down",
    severity=Severity.CRITICAL,
    entity=Entity(kind=EntityKind.TRUNK, id="b3c1", name="Vienna Danube Telecom", site="Vienna"),
    at=datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    details={"runbook": "https://runbooks.example.com/trunk"},
)
CLOSING = PageClosing(**WHO)
QUESTION = PageQuestion(**WHO)


def after_page(rig: Rig, act: Act, effect: str) -> Story:
    """An order about an open page, and the effect it has."""
    return Story(
        simulator=rig.sandbox.pagerduty,
        method="POST",
        path="/v2/enqueue",
        prepare=lambda clients: clients.pagerduty.page(PAGE),
        act=act,
        counted=lambda: len(rig.sandbox.pagerduty.ledger.of(effect, dedup_key=KEY)),
    )


class TestPaging(ClientContract):
    """Pager.page."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Trigger a page."""
        return Story(
            simulator=rig.sandbox.pagerduty,
            method="POST",
            path="/v2/enqueue",
            act=lambda clients: clients.pagerduty.page(PAGE),
            counted=lambda: len(rig.sandbox.pagerduty.ledger.of("page.triggered", dedup_key=KEY)),
        )


class TestSilencing(ClientContract):
    """Pager.silence."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Acknowledge an open page on behalf of a person."""
        return after_page(rig, lambda clients: clients.pagerduty.silence(CLOSING), "page.acknowledged")


class TestClosing(ClientContract):
    """Pager.close."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Resolve an open page."""
        return after_page(rig, lambda clients: clients.pagerduty.close(CLOSING), "page.resolved")


class TestAsking(ClientContract):
    """Pager.state."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Ask whether anybody has a page."""
        return Story(
            simulator=rig.sandbox.pagerduty,
            method="GET",
            path="/incidents",
            act=lambda clients: clients.pagerduty.state(QUESTION),
        )


class TestNaming(ClientContract):
    """PageNames.key_of."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Find the key behind an incident."""
        await rig.patient.pagerduty.page(PAGE)
        (incident,) = rig.sandbox.pagerduty.desk.incidents
        call = Call(request_id="request-1", effect="webhook")
        return Story(
            simulator=rig.sandbox.pagerduty,
            method="GET",
            path=f"/incidents/{incident}/alerts",
            act=lambda clients: clients.pagerduty.key_of(incident, call),
            counted=lambda: len(rig.sandbox.pagerduty.ledger) - 1,
        )
