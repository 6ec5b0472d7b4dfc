"""What people did to a ticket, by our own scheme: which deed is which answer, and what is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.domain.acknowledgement import Via
from holdline.domain.keys import Incident, external_of, tag
from holdline.domain.messages import AnswerKind
from holdline.gateway import tickets
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Addressed, Reading, Source, State
from holdline.settings.events import TicketEvents
from tests.gateway.events import deed, raw

NOW = datetime.now(UTC)
INCIDENT = Incident("incident/trunk_failure/7f3a", 3)
KEY = INCIDENT.ticket_key("0a1b2c3d")
RULE = TicketEvents(own_users=("Holdline.Integration",))


def read(value: object, now: datetime | None = None, source: Source = Source.SERVICENOW) -> Reading:
    """Read a body that is verified."""
    return tickets.read(Delivery(raw(value), ()), now or datetime.now(UTC), source, timedelta(hours=72), RULE)


@pytest.mark.parametrize(
    ("done", "kind"),
    [
        ("acknowledged", AnswerKind.ACKNOWLEDGED),
        ("assigned", AnswerKind.ACKNOWLEDGED),
        ("resolved", AnswerKind.RESOLVED),
        ("commented", AnswerKind.COMMENTED),
    ],
)
def test_what_is_done_to_a_ticket_is_an_answer(done: str, kind: AnswerKind) -> None:
    """S4.7: to the incident and the epoch that the correlation id names, by the person, with their words."""
    sent = deed(done, KEY, text="the carrier is on it\n<b>now</b>")
    said = Addressed.model_validate_json(read(sent).item)
    assert (INCIDENT.workflow_id, 3, kind, Via.TICKET) == (
        said.workflow_id,
        said.answer.epoch,
        said.answer.kind,
        said.answer.via,
    )
    assert ("Maria Huber", "the carrier is on it <b>now</b>") == (said.answer.by, said.answer.text)
    assert (f"servicenow:{sent['event_id']}", f"ticket/servicenow/{INCIDENT.workflow_id}") == (
        said.answer.event_id,
        read(sent).lane,
    )


@pytest.mark.parametrize("by", ["holdline.integration", " HOLDLINE.INTEGRATION "])
def test_our_own_changes_are_not_answers(by: str) -> None:
    """S3.9: what the integration user did comes back as an event, and must not count as a person's word."""
    for done in ("acknowledged", "assigned", "resolved", "commented"):
        assert (State.DROPPED, tickets.BY_US) == (
            read(deed(done, KEY, by=by)).state,
            read(deed(done, KEY, by=by)).reason,
        )


@pytest.mark.parametrize(
    "words",
    [
        f"It is handed over. [{tag('effect')}]",
        f"tier 2 was paged {KEY}",
        f"[{tag('x')}].\n",
        f"<div>over [{tag('x')}]</div><br />",
    ],
)
def test_a_comment_with_our_mark_is_ours(words: str) -> None:
    """Whoever wrote it: where the integration user is not configured a comment of ours must not come back for ever."""
    assert tickets.BY_US == read(deed("commented", KEY, text=words)).reason
    assert State.ACCEPTED is read(deed("commented", KEY, text=f"{words} is what you wrote")).state or KEY in words


@pytest.mark.parametrize("key", ["INC0010001", "holdline/trunk_failure/7f3a", "holdline/lunch/7f3a/1", "other/x/y/1"])
def test_tickets_of_others_are_dropped(key: str) -> None:
    """A rule in the ticket system may tell of every ticket there is."""
    assert (State.DROPPED, tickets.NOT_OURS) == (read(deed("resolved", key)).state, read(deed("resolved", key)).reason)


def test_the_external_id_of_salesforce_is_the_key_without_slashes() -> None:
    """There it stands in a path; everywhere else a colon is a colon."""
    sent = deed("resolved", KEY.replace("/", ":"))
    said = Addressed.model_validate_json(read(sent, source=Source.SALESFORCE).item)
    assert (INCIDENT.workflow_id, 3) == (said.workflow_id, said.answer.epoch)
    assert tickets.NOT_OURS == read(sent).reason


@pytest.mark.parametrize("entity", ["site:vienna.1", "trunk..a::b", "a-b_c", "e0e5"])
def test_an_id_with_colons_and_dots_comes_back_from_salesforce(entity: str) -> None:
    """What stands in a path is written otherwise, and read again."""
    incident = Incident(f"incident/trunk_failure/{entity}", 3)
    external = external_of(incident.ticket_key("0a1b2c3d"))
    said = Addressed.model_validate_json(read(deed("resolved", external), source=Source.SALESFORCE).item)
    assert (incident.workflow_id, 3, "0a1b2c3d") == (said.workflow_id, said.answer.epoch, said.answer.mark)


def test_an_old_deed_is_dropped_and_one_from_the_future_counts_from_now() -> None:
    """A queue of the sender may hold it back for long; a clock that runs ahead takes nothing back later."""
    old = (NOW - timedelta(hours=73)).isoformat()
    assert tickets.TOO_OLD == read(deed("resolved", KEY, at=old)).reason
    ahead = deed("assigned", KEY, at=(NOW + timedelta(hours=1)).isoformat())
    assert NOW == Addressed.model_validate_json(read(ahead, NOW).item).answer.at


@pytest.mark.parametrize(
    ("path", "over"),
    [
        ("kind", {"kind": "reopened"}),
        ("kind", {"kind": None}),
        ("correlation_id", {"correlation_id": None}),
        ("correlation_id", {"correlation_id": ""}),
        ("by", {"by": ""}),
        ("at", {"at": 1_763_700_000}),
        ("at", {"at": "2026-03-29 01:30:00"}),
        ("event_id", {"event_id": "with spaces in it"}),
        ("text", {"text": ["words"]}),
    ],
)
def test_drift_goes_to_review(path: str, over: dict[str, Any]) -> None:
    """S4.6: a body that changed its form is put aside with the path that is wrong."""
    reading = read(deed("assigned", KEY) | over)
    assert State.QUARANTINED is reading.state
    assert path in reading.reason


def test_what_is_no_json_goes_to_review() -> None:
    """Also then."""
    given = Delivery(b"event_id=1", ())
    reading = tickets.read(given, NOW, Source.SALESFORCE, timedelta(hours=72), RULE)
    assert State.QUARANTINED is reading.state


def test_no_caller_number_is_kept() -> None:
    """S1.10: what a person pastes into a comment may be a caller's number."""
    said = Addressed.model_validate_json(read(deed("commented", KEY, text="call +447700900123 back")).item)
    assert "call [number] back" == said.answer.text
