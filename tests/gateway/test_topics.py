"""The other topics of Genesys: what an edge, a queue, an operational event and an alert mean."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict, folded
from holdline.gateway import genesys
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Reading, State
from holdline.gateway.topics.topic import Rules, rules
from holdline.settings.detection import Detection
from holdline.settings.events import EDGES, SUPPORTED, TRUNKS, AlertRule, GenesysEvents, OperationRule
from tests.gateway.events import envelope, raw

ID = "5f3c0e6a-0000-4000-8000-00000000000a"
OTHER = "5f3c0e6a-0000-4000-8000-00000000000b"
EDGE = f"v2.telephony.providers.edges.{ID}"
ACTIVITY = f"v2.analytics.queues.{ID}.activity"
OBSERVATIONS = f"v2.analytics.queues.{ID}.observations"
OPERATION = f"v2.operations.events.{ID}"
ALERTS = f"v2.users.{OTHER}.alerting.alerts"
NOW = datetime(2026, 3, 19, 22, 0, tzinfo=UTC)
EVENTS = GenesysEvents(
    operations={
        "Rate limit": OperationRule(
            kind=IncidentKind.API_RATE_LIMIT, severity=Severity.MEDIUM, recovered=("normal",), entity="genesys"
        ),
        ID: OperationRule(kind=IncidentKind.REGION_DEGRADED, severity=Severity.CRITICAL),
        "Region is back": OperationRule(kind=IncidentKind.REGION_DEGRADED, verdict=Verdict.HEALTHY),
        "Trunks full": OperationRule(kind=IncidentKind.CAPACITY_EXHAUSTED),
        "Client secret expired": OperationRule(kind=IncidentKind.CREDENTIAL_EXPIRED),
    },
    alerts={"Sales waits": AlertRule(queue=OTHER, severity=Severity.CRITICAL)},
)
RULES = rules(EVENTS)


def read(topic: str, body: Any, known: Rules = RULES, at: datetime = NOW) -> Reading:
    """Read an envelope with this body of this topic, made at a time, five seconds past NOW."""
    found = envelope("none", time=at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    found["detail"] |= {"topicName": topic, "eventBody": body}
    return genesys.read(Delivery(raw(found), ()), NOW + timedelta(seconds=5), timedelta(hours=72), known)


def seen(topic: str, body: Any, known: Rules = RULES, at: datetime = NOW) -> Observation:
    """What is observed."""
    reading = read(topic, body, known, at)
    assert State.ACCEPTED == reading.state, reading.reason
    return Observation.model_validate_json(reading.item)


def test_an_edge_is_offline_or_online() -> None:
    """Offline is as bad as it gets; online is healthy."""
    down, up = (seen(EDGE, {"id": ID, "onlineStatus": each}) for each in ("OFFLINE", "ONLINE"))
    assert (Verdict.BREACH, Severity.CRITICAL) == (down.verdict, down.severity)
    assert (Verdict.HEALTHY, IncidentKind.EDGE_OFFLINE, "edge", ID) == (
        up.verdict,
        up.kind,
        up.entity.kind,
        up.entity.id,
    )


def counts(media: str | None = "voice", waiting: float | None = None, longest: float | None = None) -> dict[str, Any]:
    """One group of the activity topic; what is None is left out."""
    data = []
    if waiting is not None:
        data.append({"metric": "oWaiting", "count": waiting})
    if longest is not None:
        data.append({"metric": "oLongestWaiting", "count": 1, "calculatedMetricValue": longest})
    group: dict[str, Any] = {"data": data} if data else {}
    return group if media is None else {"mediaType": media, **group}


SINCE = NOW.timestamp() * 1000


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([counts(waiting=3, longest=600_001)], Verdict.BREACH),
        ([counts(waiting=3, longest=600_000)], Verdict.HEALTHY),
        ([counts(waiting=3, longest=SINCE - 601_000)], Verdict.BREACH),
        ([counts(waiting=3, longest=SINCE - 599_000)], Verdict.HEALTHY),
        ([counts(waiting=1, longest=SINCE + 2_000)], Verdict.HEALTHY),
        ([counts(waiting=0, longest=900_000)], Verdict.HEALTHY),
        ([counts(waiting=0)], Verdict.HEALTHY),
        ([counts(waiting=4)], Verdict.UNKNOWN),
        ([counts()], Verdict.UNKNOWN),
        ([], Verdict.UNKNOWN),
        ([counts(None, waiting=2, longest=700_000)], Verdict.BREACH),
        ([counts("email", waiting=9, longest=86_400_000), counts(waiting=0)], Verdict.HEALTHY),
        ([counts("VOICE", waiting=1, longest=700_000), counts("chat", waiting=0)], Verdict.BREACH),
    ],
)
def test_a_queue_overflows_when_somebody_has_waited_too_long(results: list[Any], verdict: Verdict) -> None:
    """Durations and instants both; an idle queue that leaves its data out is unknown, never zero (S1.1)."""
    found = seen(ACTIVITY, {"results": results})
    assert (verdict, IncidentKind.QUEUE_OVERFLOW, ID) == (found.verdict, found.kind, found.entity.id)


def stats(media: str = "voice", **metrics: dict[str, float | None]) -> dict[str, Any]:
    """A body of the observations topic."""
    listed = [{"metric": name, "stats": each} for name, each in metrics.items()]
    return {"group": {"queueId": ID, "mediaType": media}, "data": [{"interval": "a/b", "metrics": listed}]}


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (stats(tWait={"sum": 900_003, "count": 3}), Verdict.BREACH),
        (stats(tWait={"sum": 900_000, "count": 3}), Verdict.HEALTHY),
        (stats(tWait={"sum": 900_000, "count": 3}, oWaiting={"count": 0}), Verdict.HEALTHY),
        (stats(oWaiting={"count": 3}), Verdict.UNKNOWN),
        (stats(oLongestWaiting={"calculatedMetricValue": 600_001}), Verdict.BREACH),
        (stats(tWait={"sum": None, "count": None}), Verdict.UNKNOWN),
        (stats(tWait={"count": 0, "sum": 0}), Verdict.UNKNOWN),
        ({"group": {"queueId": ID, "mediaType": "voice"}}, Verdict.UNKNOWN),
    ],
)
def test_a_queue_overflows_when_the_average_wait_is_too_long(body: dict[str, Any], verdict: Verdict) -> None:
    """The average of those who had to wait is over five minutes, and somebody waits now (S4.1)."""
    assert verdict is seen(OBSERVATIONS, body).verdict


def watching(**detection: Any) -> Rules:
    """Rules with what is watched."""
    return rules(EVENTS, Detection.model_validate(detection))


def test_a_queue_has_the_bounds_that_polling_has() -> None:
    """Those of the group that names it, in either case; else the two would contradict each other."""
    vip = {"source": "queues", "ids": (ID.upper(),), "longest_wait": "30s", "severity": "CRITICAL"}
    body = {"results": [counts(waiting=2, longest=31_000)]}
    found = seen(ACTIVITY, body, watching(groups={"vip": vip}, longest_wait="1h"))
    assert (Verdict.BREACH, Severity.CRITICAL) == (found.verdict, found.severity)
    assert {"waiting": 2, "longest_wait": 31.0} == found.metrics
    assert "somebody has waited for 31s, the limit is 30s" == found.reason
    assert Verdict.HEALTHY is seen(ACTIVITY, body, watching(longest_wait="1h")).verdict


@pytest.mark.parametrize(
    ("group", "topic", "body", "reason"),
    [
        ({"source": "queues", "ids": (ID,)}, ACTIVITY, {"results": []}, "not watched"),
        ({"source": "queues", "ids": (ID,)}, OBSERVATIONS, {"group": {"queueId": ID}}, "not watched"),
        (
            {"source": "queues", "ids": (OTHER,)},
            ALERTS,
            {"rule": {"id": "r", "name": "Sales waits"}, "active": True},
            "not watched",
        ),
        ({"source": "queues", "names": ("VIP *",)}, ACTIVITY, {"results": []}, "goes by name"),
        ({"source": "edges", "ids": (ID,)}, EDGE, {"id": ID, "onlineStatus": "OFFLINE"}, "not watched"),
    ],
)
def test_what_polling_leaves_alone_is_left_alone(group: dict[str, Any], topic: str, body: Any, reason: str) -> None:
    """One list says what is watched; a group by name cannot be told from an event, which has none."""
    reading = read(topic, body, watching(groups={"test": {**group, "watched": False}}))
    assert State.DROPPED == reading.state
    assert reason in reading.reason


def operation(name: str, value: str = "on", **over: Any) -> dict[str, Any]:
    """The body of an operational event."""
    return {"eventEntity": {"id": OTHER, "name": name}, "entityId": "Client-1", "currentValue": value, **over}


@pytest.mark.parametrize(
    ("body", "kind", "entity", "verdict", "severity"),
    [
        (operation("Rate limit"), "api_rate_limit", "credential:genesys", Verdict.BREACH, Severity.MEDIUM),
        (operation("Rate limit", "normal"), "api_rate_limit", "credential:genesys", Verdict.HEALTHY, Severity.LOW),
        (operation("Region is back"), "region_degraded", "region:client-1", Verdict.HEALTHY, Severity.LOW),
        (operation("Trunks full"), "capacity_exhausted", "organisation:client-1", Verdict.BREACH, Severity.HIGH),
        (
            operation("Client secret expired"),
            "credential_expired",
            "credential:client-1",
            Verdict.BREACH,
            Severity.HIGH,
        ),
        (
            {"eventEntity": {"id": ID}, "entityId": "eu-central-1"},
            "region_degraded",
            "region:eu-central-1",
            Verdict.BREACH,
            Severity.CRITICAL,
        ),
    ],
)
def test_an_operational_event_means_what_is_written_down(
    body: dict[str, Any], kind: str, entity: str, verdict: Verdict, severity: Severity
) -> None:
    """By the id or the name of its definition; the catalogue is the organisation's own."""
    found = seen(OPERATION, body)
    assert (kind, entity, verdict, severity) == (
        found.kind,
        f"{found.entity.kind}:{found.entity.id}",
        found.verdict,
        found.severity,
    )


def test_an_operational_event_has_a_time_of_its_own() -> None:
    """Milliseconds since the epoch; one that is ahead counts as now."""
    earlier, later = (int((NOW + timedelta(hours=hours)).timestamp() * 1000) for hours in (-1, 1))
    assert NOW - timedelta(hours=1) == seen(OPERATION, operation("Rate limit", timestamp=earlier)).at
    assert NOW == seen(OPERATION, operation("Rate limit", timestamp=later)).at


def alert(rule: str, active: bool = True, action: str | None = "CREATE", *queues: str) -> dict[str, Any]:
    """The body of an alert that names queues."""
    entities = [{"entityType": "Queue", "queue": {"id": each, "displayName": "Sales"}} for each in queues]
    found = {"id": "a", "rule": {"id": "r", "name": rule}, "active": active, "alertSummary": {"entities": entities}}
    return found if action is None else {**found, "action": action}


@pytest.mark.parametrize(
    ("body", "queue", "verdict", "severity"),
    [
        (alert("Sales waits"), OTHER, Verdict.BREACH, Severity.CRITICAL),
        (alert("Sales waits", False, "UPDATE"), OTHER, Verdict.HEALTHY, Severity.LOW),
        (alert("Sales waits", True, "CLOSE"), OTHER, Verdict.HEALTHY, Severity.LOW),
        (alert("anything", True, None, ID), ID, Verdict.BREACH, Severity.HIGH),
        (alert("anything", True, "RENOTIFY", ID, ID), ID, Verdict.BREACH, Severity.HIGH),
    ],
)
def test_an_alert_is_about_a_queue(body: dict[str, Any], queue: str, verdict: Verdict, severity: Severity) -> None:
    """The configured one, else the only one that it names; no longer active is healthy."""
    found = seen(ALERTS, body)
    assert (IncidentKind.QUEUE_OVERFLOW, queue, verdict, severity) == (
        found.kind,
        found.entity.id,
        found.verdict,
        found.severity,
    )


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        (ACTIVITY, {"results": [counts("email", waiting=9, longest=86_400_000)]}, "a medium that is not watched"),
        (OBSERVATIONS, stats("chat", oWaiting={"count": 9}), "a medium that is not watched"),
        (OPERATION, operation("Something else"), "no operation is configured for the event"),
        (ALERTS, alert("anything", True, "CREATE", ID, OTHER), "no alert is configured"),
        (ALERTS, alert("anything"), "no alert is configured"),
        (ALERTS, alert("Sales waits", True, "UNREAD_COUNT_UPDATE"), "about the list of alerts"),
        (f"v2.routing.queues.{ID}.users", {}, "the topic is not one of ours"),
        (f"{EDGE}.metrics", {}, "the topic is not one of ours"),
    ],
)
def test_what_is_not_watched_is_dropped_with_a_reason(topic: str, body: Any, reason: str) -> None:
    """S3.1: counted, and nothing of it is kept."""
    reading = read(topic, body)
    assert (State.DROPPED, "") == (reading.state, reading.item)
    assert reason in reading.reason


def test_only_the_configured_topics_are_accepted() -> None:
    """A topic that we understand and nobody wants has a reason of its own."""
    only = rules(GenesysEvents(topics=(TRUNKS,)))
    reading = read(EDGE, {"id": ID, "onlineStatus": "OFFLINE"}, only)
    assert (State.DROPPED, "the topic is not configured") == (reading.state, reading.reason)


def test_a_topic_that_nobody_understands_cannot_be_configured() -> None:
    """The sentence names those that can."""
    with pytest.raises(ValueError, match=r"v2\.flows\.\{id\} is not understood; the topics are v2\.telephony"):
        GenesysEvents(topics=("v2.flows.{id}",))
    assert SUPPORTED == GenesysEvents().topics


DRIFT: list[tuple[str, str, Any]] = [
    ("onlineStatus", EDGE, {"id": ID}),
    ("onlineStatus", EDGE, {"id": ID, "onlineStatus": "DEGRADED"}),
    ("onlineStatus", EDGE, {"id": ID, "onlineStatus": None}),
    ("not the edge of the topic", EDGE, {"id": OTHER, "onlineStatus": "OFFLINE"}),
    ("results", ACTIVITY, {"result": []}),
    (
        "calculatedMetricValue",
        ACTIVITY,
        {"results": [{"data": [{"metric": "oLongestWaiting", "calculatedMetricValue": "9"}]}]},
    ),
    ("topicName (names no queue)", "v2.analytics.queues.{id}.activity", {"results": []}),
    ("group", OBSERVATIONS, {"data": []}),
    ("not the queue of the topic", OBSERVATIONS, {"group": {"queueId": OTHER}}),
    ("eventEntity", OPERATION, {"entityId": ID}),
    ("entityId", OPERATION, operation("Trunks full", entityId=None)),
    ("timestamp", OPERATION, operation("Trunks full", timestamp=-1)),
    ("id (value_error)", OPERATION, operation("Trunks full", entityId="no id, a sentence")),
    ("rule", ALERTS, {"active": True}),
    ("active", ALERTS, {"rule": {"id": "r"}}),
]


@pytest.mark.parametrize(("path", "topic", "body"), DRIFT)
def test_drift_goes_to_review(path: str, topic: str, body: Any) -> None:
    """S4.6: what is missing, renamed, null or of another type is named; nothing is guessed."""
    reading = read(topic, body)
    assert State.QUARANTINED == reading.state, reading
    assert path in reading.reason


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=400)])
def test_an_event_from_the_future_counts_as_now(ahead: timedelta) -> None:
    """Else everything that comes after it would be late, and no recovery would be seen any more."""
    down = seen(EDGE, {"id": ID, "onlineStatus": "OFFLINE"}, at=NOW + ahead)
    up = seen(EDGE, {"id": ID, "onlineStatus": "ONLINE"}, at=NOW + timedelta(seconds=5))
    assert NOW + timedelta(seconds=5) == down.at
    assert Verdict.HEALTHY is folded([down, up])[-1].verdict


def test_a_late_event_keeps_its_own_time() -> None:
    """Out of order is put in order by when it happened."""
    up = seen(EDGE, {"id": ID, "onlineStatus": "ONLINE"}, at=NOW - timedelta(minutes=10))
    down = seen(EDGE, {"id": ID, "onlineStatus": "OFFLINE"}, at=NOW - timedelta(minutes=20))
    assert [Verdict.BREACH, Verdict.HEALTHY] == [each.verdict for each in folded([up, down])]


def test_the_template_is_no_concrete_topic() -> None:
    """Where the topic is the template, the body names the edge."""
    assert ID == seen(EDGES, {"id": ID, "onlineStatus": "OFFLINE"}).entity.id
