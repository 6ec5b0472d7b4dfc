"""Jira's webhooks: whose issue it is, what was done to it, and what is none of our business."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.domain.keys import Incident, label_of
from holdline.domain.messages import AnswerKind
from holdline.gateway import jira, tickets
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified
from holdline.gateway.reading import Addressed, Reading, State
from holdline.settings.events import TicketEvents
from tests.gateway.events import hooked, issue, raw

INCIDENT = Incident("incident/queue_overflow/5f3c0e6a-0000-4000-8000-000000000001", 2)
KEY = INCIDENT.ticket_key("0a1b2c3d")
RULE = TicketEvents(own_users=("5b10ac8d82e05b22cc7d0000",))
MOVED = {"field": "status", "fieldId": "status", "from": "1", "to": "2", "toString": "Somewhere"}
GIVEN = {"field": "assignee", "to": "5b10", "toString": "Otto Berger"}
TAKEN_AWAY = {"field": "assignee", "from": "5b10", "to": None, "toString": None}
COMMENT = {"id": "1", "author": {"accountId": "5c", "displayName": "Alice Auer"}, "body": "the carrier knows"}


def read(value: Any, rule: TicketEvents = RULE) -> Reading:
    """Read a webhook that is verified."""
    return jira.read(Delivery(raw(value), ()), datetime.now(UTC), timedelta(hours=72), rule)


def said(value: Any, rule: TicketEvents = RULE) -> Addressed:
    """What it says to which incident."""
    reading = read(value, rule)
    assert State.ACCEPTED is reading.state, reading.reason
    return Addressed.model_validate_json(reading.item)


@pytest.mark.parametrize(
    ("sent", "kind", "by"),
    [
        (issue(KEY, MOVED, category="indeterminate"), AnswerKind.ACKNOWLEDGED, "Maria Huber"),
        (issue(KEY, GIVEN), AnswerKind.ACKNOWLEDGED, "Otto Berger"),
        (issue(KEY, MOVED, GIVEN, category="done"), AnswerKind.RESOLVED, "Maria Huber"),
        (issue(KEY, TAKEN_AWAY, comment=COMMENT), AnswerKind.COMMENTED, "Maria Huber"),
        (issue(KEY, comment=COMMENT), AnswerKind.COMMENTED, "Alice Auer"),
        (issue(KEY, webhookEvent="comment_created", comment=COMMENT, changelog={}), AnswerKind.COMMENTED, "Alice Auer"),
    ],
)
def test_what_is_done_to_an_issue_is_an_answer(sent: Any, kind: AnswerKind, by: str) -> None:
    """S4.7: moved on, given to somebody, done, commented; of several things together the one that says most."""
    answer = said(sent).answer
    assert (INCIDENT.workflow_id, 2, kind, by) == (said(sent).workflow_id, answer.epoch, answer.kind, answer.by)
    assert ("the carrier knows" if "comment" in sent else "") == answer.text


@pytest.mark.parametrize(
    "sent",
    [
        issue(KEY),
        issue(KEY, MOVED, category="new"),
        issue(KEY, {"field": "priority", "to": "2", "toString": "High"}),
        issue(KEY, TAKEN_AWAY),
        issue(KEY, category="done"),
    ],
)
def test_other_changes_answer_nothing(sent: Any) -> None:
    """Also an issue that was done already when something else was changed."""
    assert State.DROPPED is read(sent).state


def test_the_incident_is_found_where_the_issue_names_it() -> None:
    """In the configured field, a label or the description, as long as the issue has its label."""
    other = "holdline/trunk_failure/7f3a/1"
    document = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": f"See {KEY}."}]}]}
    bare = issue("telephony", GIVEN)
    for fields in (
        {"description": document},
        {"description": f"correlation: {KEY}\n{other}"},
        {"description": f"as {other}\n{KEY}"},
    ):
        bare["issue"]["fields"] = {"labels": ["telephony", label_of(KEY)]} | fields
        assert (INCIDENT.workflow_id, "0a1b2c3d") == (said(bare).workflow_id, said(bare).answer.mark)
    bare["issue"]["fields"] = {"labels": ["telephony", label_of(KEY), KEY]}
    assert (INCIDENT.workflow_id, "0a1b2c3d") == (said(bare).workflow_id, said(bare).answer.mark)
    bare["issue"]["fields"] = {"customfield_10042": {"value": KEY}, "labels": [label_of(KEY)], "description": other}
    assert tickets.NOT_OURS == read(bare).reason
    assert INCIDENT.workflow_id == said(bare, TicketEvents(jira_field="customfield_10042")).workflow_id


def test_a_key_without_its_label_is_somebodys_text() -> None:
    """Whoever writes our key into an issue of theirs, or names a queue so, acknowledges nothing."""
    pasted = issue(KEY, MOVED, category="done")
    pasted["issue"]["fields"]["labels"] = ["telephony", label_of("holdline/trunk_failure/7f3a/1")]
    assert tickets.NOT_OURS == read(pasted).reason


def test_what_an_automation_does_wakes_nobody() -> None:
    """A rule that assigns every new issue is no person, and being given to ourselves is no answer."""
    rule = {"accountId": "557058:f58131cb", "accountType": "app", "displayName": "Automation"}
    assert "not done by a person" == read(issue(KEY, GIVEN, user=rule)).reason
    assert State.DROPPED is read(issue(KEY, GIVEN | {"to": RULE.own_users[0]})).state


@pytest.mark.parametrize("key", ["telephony", "holdline/lunch/7f3a/1", "holdline/trunk_failure/7f3a", f"{KEY}/r2/x"])
def test_issues_of_others_are_dropped(key: str) -> None:
    """A webhook tells of every issue there is, and of forms of it that we never look at."""
    assert tickets.NOT_OURS == read(issue(key, GIVEN)).reason
    assert tickets.NOT_OURS == read(issue(key, GIVEN, user=None, timestamp="soon")).reason


def test_our_own_changes_are_not_answers() -> None:
    """S3.9: by the account, and a comment by its mark."""
    us = {"accountId": "5B10ac8d82e05b22cc7d0000", "displayName": "Holdline"}
    assert tickets.BY_US == read(issue(KEY, MOVED, category="done", user=us)).reason
    assert tickets.BY_US == read(issue(KEY, comment=COMMENT | {"author": us})).reason
    assert tickets.BY_US == read(issue(KEY, comment=COMMENT | {"body": "recovered [0123abcd]"})).reason


def test_whoever_created_our_issue_is_us() -> None:
    """The vendor hides e-mail addresses, and the account id is in no configuration: the issue itself has it."""
    us = {"accountId": "557058:1b2c", "displayName": "Holdline"}
    for sent in (
        issue(KEY, MOVED, category="indeterminate", user=us),
        issue(KEY, comment=COMMENT | {"author": us}),
        issue(KEY, GIVEN | {"to": us["accountId"], "toString": "Holdline"}),
        issue(KEY, MOVED, category="done", user=us),
    ):
        assert State.ACCEPTED is read(sent, TicketEvents()).state
        sent["issue"]["fields"]["creator"] = us
        assert State.DROPPED is read(sent, TicketEvents()).state
    theirs = issue(KEY, GIVEN)
    theirs["issue"]["fields"]["creator"] = us
    assert "Otto Berger" == said(theirs, TicketEvents()).answer.by
    theirs["issue"]["fields"]["creator"] = theirs["user"] = {"displayName": "Maria Huber"}
    assert State.ACCEPTED is read(theirs, TicketEvents()).state


@pytest.mark.parametrize("kind", ["jira:issue_created", "jira:issue_deleted", "worklog_created", "comment_updated"])
def test_other_event_types_are_dropped(kind: str) -> None:
    """They are authentic and answer nothing."""
    assert State.DROPPED is read(issue(KEY, GIVEN, webhookEvent=kind)).state


def test_an_old_webhook_is_dropped() -> None:
    """The signature has no time, so the memory for ids is the defence, and it ends."""
    old = int((datetime.now(UTC) - timedelta(hours=73)).timestamp() * 1000)
    assert tickets.TOO_OLD == read(issue(KEY, GIVEN, timestamp=old)).reason


@pytest.mark.parametrize(
    ("path", "over"),
    [
        ("timestamp", {"timestamp": None}),
        ("timestamp", {"timestamp": 1_763_700_000}),
        ("webhookEvent", {"webhookEvent": None}),
        ("issue", {"issue": None}),
        ("issue.fields", {"issue": {"id": "1"}}),
        ("changelog.items", {"changelog": {"items": "none"}}),
        ("user", {"user": "Maria"}),
    ],
)
def test_drift_goes_to_review(path: str, over: dict[str, Any]) -> None:
    """S4.6: a webhook that changed its form is put aside."""
    reading = read(issue(KEY, GIVEN) | over)
    assert State.QUARANTINED is reading.state
    assert path in reading.reason


@pytest.mark.parametrize("body", [b"", b"[]", b'{"webhookEvent":"a","webhookEvent":"b"}'])
def test_what_is_no_json_goes_to_review(body: bytes) -> None:
    """Also then."""
    assert State.QUARANTINED is jira.read(Delivery(body, ()), datetime.now(UTC), timedelta(hours=72), RULE).state


def verified(header: bytes | None, *secrets: bytes) -> Verified | Refused:
    """Verify a body with this header."""
    headers = [] if header is None else [(b"x-hub-signature", header)]
    return jira.verify(Delivery(b"{}", headers), secrets, datetime.now(UTC))


def test_a_signature_by_any_live_secret_is_accepted() -> None:
    """As Jira sends it: the method, an equals sign, and the digest in hexadecimal."""
    assert Verified(1) == verified(hooked(b"{}", "live")["X-Hub-Signature"].encode(), b"next", b"live")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (None, Refusal.UNSIGNED),
        (b"", Refusal.MALFORMED),
        (b"sha1=00", Refusal.MALFORMED),
        (b"sha256", Refusal.MALFORMED),
        (b"sha256=", Refusal.FORGED),
        (hooked(b"{}", "other")["X-Hub-Signature"].encode(), Refusal.FORGED),
        (hooked(b"{ }", "live")["X-Hub-Signature"].encode(), Refusal.FORGED),
    ],
)
def test_another_signature_is_refused(header: bytes | None, why: Refusal) -> None:
    """A forged, malformed or missing signature proves nothing, and no secret is no open door."""
    assert Refused(why) == verified(header, b"live")
    assert isinstance(verified(header), Refused)
