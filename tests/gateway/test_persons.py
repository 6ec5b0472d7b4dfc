"""Whoever answers at a vendor is told without their e-mail address, in the same form by every way."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from holdline.domain.keys import Incident, alias_of
from holdline.gateway import jira, jsm, pagerduty, tickets
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Addressed, PageAnswer, Reading, Source
from holdline.settings.events import TicketEvents
from tests.gateway.events import deed, issue, raw, webhook

INCIDENT = Incident("incident/trunk_failure/7f3a", 3)
KEY = INCIDENT.ticket_key("0a1b2c3d")
PAGE = INCIDENT.page_key(1)
MEMORY = timedelta(hours=72)
RULE = TicketEvents()
NAMED = [
    ("maria.huber@example.com", "maria.huber"),
    ("Maria Huber <maria.huber@example.com>", "Maria Huber"),
    ("Maria Huber", "Maria Huber"),
]


def given(value: Any) -> Delivery:
    """A body that is verified."""
    return Delivery(raw(value), ())


def at_pagerduty(by: str) -> Reading:
    """An incident that somebody acknowledged."""
    agent = {"id": "P1", "type": "user_reference", "summary": by}
    return pagerduty.read(given(webhook("incident.acknowledged", PAGE, agent=agent)), datetime.now(UTC), MEMORY)


def at_jsm(by: str) -> Reading:
    """An alert that somebody acknowledged."""
    at = int(datetime.now(UTC).timestamp() * 10**9)
    alert = {"alertId": "052652ac", "alias": alias_of(PAGE), "username": by, "updatedAt": at}
    return jsm.read(given({"action": "Acknowledge", "alert": alert}), datetime.now(UTC), MEMORY)


def at_jira(by: str) -> Reading:
    """An issue that somebody has."""
    item = {"field": "assignee", "to": "5b10", "toString": by}
    return jira.read(given(issue(KEY, item)), datetime.now(UTC), MEMORY, RULE)


def by_our_scheme(by: str, source: Source, rule: TicketEvents = RULE) -> Reading:
    """A ticket that was assigned to somebody."""
    return tickets.read(given(deed("assigned", KEY, by=by)), datetime.now(UTC), source, MEMORY, rule)


@pytest.mark.parametrize(("by", "who"), NAMED)
@pytest.mark.parametrize("read", [at_pagerduty, at_jsm])
def test_whoever_takes_a_page_is_a_name(read: Any, by: str, who: str) -> None:
    """A name or a login reaches the timeline, the tickets and the search; an address reaches none of them."""
    reading = read(by)
    assert who == PageAnswer.model_validate_json(reading.item).by
    assert "@" not in reading.item


@pytest.mark.parametrize(("by", "who"), NAMED)
@pytest.mark.parametrize(
    "read",
    [
        at_jira,
        *(
            partial(by_our_scheme, source=source)
            for source in (Source.SERVICENOW, Source.SALESFORCE, Source.AZURE_DEVOPS)
        ),
    ],
)
def test_whoever_takes_a_ticket_is_a_name(read: Any, by: str, who: str) -> None:
    """At every system."""
    reading = read(by)
    assert who == Addressed.model_validate_json(reading.item).answer.by
    assert "@" not in reading.item


@pytest.mark.parametrize("own", ["holdline@example.com", "Holdline Integration"])
def test_we_are_known_by_the_name_and_by_the_address_beside_it(own: str) -> None:
    """As Azure DevOps writes whoever changed a work item."""
    rule = TicketEvents(own_users=(own,))
    for by in (own, "Holdline Integration <Holdline@example.com>"):
        assert tickets.BY_US == by_our_scheme(by, Source.AZURE_DEVOPS, rule).reason


@pytest.mark.parametrize("by", ["svc@example.com", "<svc@example.com>", "Maria Huber <svc@example.com>", "svc@x <s@x>"])
def test_nobody_is_ours_by_what_stands_before_the_at(by: str) -> None:
    """A login of ours at one system may be a person's address at another."""
    reading = by_our_scheme(by, Source.AZURE_DEVOPS, TicketEvents(own_users=("svc",)))
    assert Addressed.model_validate_json(reading.item).answer.by
