"""Pages at PagerDuty: what they say, who has them, and whose key they are."""

from datetime import UTC, datetime, timedelta

import pytest

from holdline.clients.network import Network
from holdline.clients.pagerduty import PagerDuty
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import Severity
from holdline.ports import (
    Call,
    CredentialsRefused,
    OutcomeUnknown,
    Page,
    PageClosing,
    PageQuestion,
    PageState,
    Rejected,
)
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.pagerduty.incident import Agent, Incident
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import PATIENT, Rig

CALL = Call(request_id="request-1", effect="effect")
KEY = "holdline/trunk_failure/b3c1/1"
MARIA = Agent("user", "PUSR001", "Maria Huber", "maria.huber@example.com")


def pagerduty(url: str, key: str = "k" * 32) -> PagerDuty:
    """A client with one service."""
    return PagerDuty(
        events_url=url,
        rest_url=url,
        services={"voice": lambda: key},
        token=lambda: "token",
        network=Network(limits=PATIENT),
    )


def page(service: str = "voice", key: str = KEY, **more: object) -> Page:
    """A page to a service."""
    told: dict[str, object] = {
        "summary": "Trunk Vienna is down",
        "severity": Severity.CRITICAL,
        "entity": Entity(kind=EntityKind.TRUNK, id="b3c1", name="Vienna Danube", site="Vienna"),
        "at": datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    }
    fields = {"request_id": "request-1", "effect": "effect", "service": service, "key": key}
    return Page.model_validate(fields | told | more)


def question(service: str = "voice", key: str = KEY) -> PageQuestion:
    """Has anybody got it?"""
    return PageQuestion(request_id="request-1", effect="effect", service=service, key=key)


def incidents(rig: Rig) -> list[Incident]:
    """The incidents of the account, oldest first."""
    return list(rig.sandbox.pagerduty.desk.incidents.values())


async def asked(rig: Rig) -> PageState:
    """The state of the page."""
    return await rig.patient.pagerduty.state(question())


async def test_a_page_says_what_and_where(rig: Rig) -> None:
    """The payload holds the trunk, its site and the details; the receipt is our key."""
    receipt = await rig.patient.pagerduty.page(page(details={"reason": "not connected"}))
    (incident,) = incidents(rig)
    assert (KEY, KEY) == (receipt.id, incident.dedup_key)
    assert {
        "summary": "Trunk Vienna is down",
        "source": "Vienna Danube",
        "severity": "critical",
        "timestamp": "2026-03-29T01:30:00+00:00",
        "component": "b3c1",
        "group": "Vienna",
        "class": "trunk",
        "custom_details": {"reason": "not connected"},
    } == incident.payload


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (Severity.LOW, "info"),
        (Severity.MEDIUM, "warning"),
        (Severity.HIGH, "error"),
        (Severity.CRITICAL, "critical"),
    ],
)
async def test_each_severity_has_a_word_there(rig: Rig, severity: Severity, word: str) -> None:
    """Ours map to the four that PagerDuty knows."""
    await rig.patient.pagerduty.page(page(severity=severity))
    assert word == incidents(rig)[0].payload["severity"]


async def test_a_long_summary_is_shortened(rig: Rig) -> None:
    """What is longer than 1,024 characters is cut, not refused; numbers of callers are not passed on."""
    await rig.patient.pagerduty.page(page(summary="call +43 660 1234567\n" + "x" * 3000))
    summary = incidents(rig)[0].title
    assert 1024 == len(summary)
    assert summary.startswith("call [number] x")


async def test_each_service_has_its_own_key(rig: Rig) -> None:
    """Two services get a page each, by their own integration."""
    await rig.patient.pagerduty.page(page("voice"))
    await rig.patient.pagerduty.page(page("second"))
    assert ["Voice", "Second"] == [incident.service.name for incident in incidents(rig)]


async def test_an_unknown_service_is_named_with_the_known_ones(rig: Rig) -> None:
    """A mistake in the policy says what would be right, and nothing is sent."""
    with pytest.raises(Rejected, match=r"'vioce'; those configured are: second, voice"):
        await rig.patient.pagerduty.page(page("vioce"))
    assert [] == list(rig.sandbox.pagerduty.requests)


async def test_a_refused_event_says_why(rig: Rig) -> None:
    """The vendor's own complaints reach the operator, without the key."""
    client = pagerduty(rig.sandbox.pagerduty_url, "too-short")
    with pytest.raises(Rejected, match="should be 32 characters") as caught:
        await client.page(page())
    await client.aclose()
    assert "too-short" not in str(caught.value)


@pytest.mark.parametrize(
    "receipt",
    [
        answer(202, {"status": "success", "message": "Event processed", "dedup_key": "another"}),
        answer(202, {"status": "success", "message": "Event processed"}),
        answer(202, {"status": "throttle exceeded", "dedup_key": KEY}),
        answer(200, {"status": "success", "dedup_key": KEY}),
    ],
)
async def test_only_our_key_in_a_202_is_a_receipt(receipt: bytes) -> None:
    """Anything else may or may not have paged."""
    async with scripted(receipt) as script:
        client = pagerduty(script.url)
        with pytest.raises(OutcomeUnknown):
            await client.page(page())
        await client.aclose()


async def test_a_page_that_does_not_exist_yet_has_nobody(rig: Rig) -> None:
    """An accepted page may take a moment to appear."""
    assert PageState() == await asked(rig)


async def test_a_triggered_page_has_nobody(rig: Rig) -> None:
    """Paged is not acknowledged."""
    await rig.patient.pagerduty.page(page())
    assert PageState() == await asked(rig)


async def test_somebody_who_has_another_page_has_not_ours(rig: Rig) -> None:
    """Only the incidents with our key are looked at."""
    await rig.patient.pagerduty.page(page(key="holdline/trunk_failure/other/1"))
    rig.sandbox.pagerduty.desk.acknowledge(incidents(rig)[0], MARIA, "human")
    await rig.patient.pagerduty.page(page())
    assert PageState() == await asked(rig)


async def test_an_acknowledged_page_has_a_name_and_a_time(rig: Rig) -> None:
    """Who has it, and since when."""
    await rig.patient.pagerduty.page(page())
    rig.sandbox.pagerduty.desk.acknowledge(incidents(rig)[0], MARIA, "human")
    state = await asked(rig)
    assert ("Maria Huber", False) == (state.acknowledged_by, state.resolved)
    assert state.acknowledged_at is not None
    assert timedelta(minutes=1) > datetime.now(UTC) - state.acknowledged_at


async def test_a_lapsed_acknowledgement_counts_no_more(rig: Rig) -> None:
    """Acknowledged is a state to ask for again, not an end."""
    await rig.patient.pagerduty.page(page())
    rig.sandbox.pagerduty.desk.acknowledge(incidents(rig)[0], MARIA, "human")
    rig.sandbox.pagerduty.desk.unacknowledge(incidents(rig)[0], MARIA, "timeout")
    assert PageState() == await asked(rig)


async def test_an_acknowledgement_on_any_service_counts(rig: Rig) -> None:
    """Tier 2 was paged on its own service, then tier 1 took it: somebody has it."""
    await rig.patient.pagerduty.page(page("voice"))
    await rig.patient.pagerduty.page(page("second"))
    rig.sandbox.pagerduty.desk.acknowledge(incidents(rig)[0], MARIA, "human")
    assert "Maria Huber" == (await asked(rig)).acknowledged_by


async def test_a_page_is_resolved_when_all_of_it_is(rig: Rig) -> None:
    """One key may be open on two services; one that is open is not over."""
    await rig.patient.pagerduty.page(page("voice"))
    await rig.patient.pagerduty.page(page("second"))
    for service, over in (("voice", False), ("second", True)):
        await rig.patient.pagerduty.close(
            PageClosing(request_id="request-1", effect="effect", service=service, key=KEY)
        )
        assert over == (await asked(rig)).resolved


async def test_a_page_that_opens_again_is_not_resolved(rig: Rig) -> None:
    """A trigger after a resolution opens a new incident with the key; the old one is history."""
    closing = PageClosing(request_id="request-1", effect="effect", service="voice", key=KEY)
    await rig.patient.pagerduty.page(page())
    await rig.patient.pagerduty.close(closing)
    await rig.patient.pagerduty.page(page())
    assert PageState() == await asked(rig)


async def test_resolving_what_is_resolved_is_a_success(rig: Rig) -> None:
    """Also where the page never existed."""
    closing = PageClosing(request_id="request-1", effect="effect", service="voice", key=KEY)
    assert KEY == (await rig.patient.pagerduty.close(closing)).id


async def test_an_incident_leads_to_our_key(rig: Rig) -> None:
    """The vendor's incident id, from a webhook, is turned into the key that we minted."""
    await rig.patient.pagerduty.page(page())
    assert KEY == await rig.patient.pagerduty.key_of(incidents(rig)[0].id, CALL)


@pytest.mark.parametrize(
    ("alerts", "key"),
    [
        ([], None),
        ([{"alert_key": None, "created_at": "2026-03-29T01:30:00Z"}], None),
        (
            [
                {"alert_key": "later", "created_at": "2026-03-29T01:31:00Z"},
                {"alert_key": "first", "created_at": "2026-03-29T01:30:00Z"},
            ],
            "first",
        ),
    ],
)
async def test_the_first_alert_has_the_key(alerts: list[dict[str, object]], key: str | None) -> None:
    """An incident without alerts, such as one opened by hand, has no key of ours."""
    async with scripted(answer(200, {"alerts": alerts})) as script:
        client = pagerduty(script.url)
        assert key == await client.key_of("Q1", CALL)
        await client.aclose()


async def test_without_a_token_nobody_can_be_asked() -> None:
    """The sentence says what is missing."""
    client = PagerDuty(events_url="http://127.0.0.1:1", rest_url="http://127.0.0.1:1", services={}, token=None)
    with pytest.raises(CredentialsRefused, match="no REST token is configured"):
        await client.state(question())
    await client.aclose()


async def test_commit_then_lose_then_repeat_is_one_page(rig: Rig) -> None:
    """The vendor took the page twice and folded it by our key."""
    rig.sandbox.pagerduty.faults.add(Fault(kind=FaultKind.RESET, when=When.AFTER, match=Match(path="/v2/enqueue")))
    with pytest.raises(OutcomeUnknown):
        await rig.patient.pagerduty.page(page())
    await rig.patient.pagerduty.page(page())
    ledger = rig.sandbox.pagerduty.ledger
    assert (1, 1) == (len(ledger.of("page.triggered")), len(ledger.of("page.deduplicated")))
