"""Ids and keys come from incident, epoch, step and target alone."""

import inspect
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.domain import keys
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import Incident, minted, request_id, tag, workflow_id, workflow_of_keeper, workflow_of_page

ENTITIES = st.from_regex(r"[a-z0-9][a-z0-9._:-]{0,119}", fullmatch=True)
INCIDENTS = st.builds(
    lambda entity, epoch, opening: Incident(workflow_id(IncidentKind.TRUNK_FAILURE, entity), epoch, opening),
    ENTITIES,
    st.integers(1, 10_000),
    st.integers(1, 1000),
)
STEPS = st.sampled_from(
    ["route", "revert", "ask", "close", "read.1", "page.tier 1.1", "page.tier 1.2", "page.tier 2.1"]
)
TARGETS = st.sampled_from(["", "route-1", "pagerduty:voice", "sms:alice"])
LONGEST = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, "a" * 120), 999_999, 999)


def test_names_on_paper() -> None:
    """What an operator sees in the console and at the vendors."""
    incident = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, "trunk-a"), 3)
    assert "incident/trunk_failure/trunk-a" == incident.workflow_id
    assert "incident/trunk_failure/trunk-a:3:route:r1" == incident.effect("route", "r1")
    assert "incident/trunk_failure/trunk-a:3.2:route:r1" == incident._replace(opening=2).effect("route", "r1")
    assert "holdline/trunk_failure/trunk-a/3" == incident.page_key(1)
    assert "holdline/trunk_failure/trunk-a/3/r2" == incident.page_key(2)


@given(st.tuples(INCIDENTS, STEPS, TARGETS), st.tuples(INCIDENTS, STEPS, TARGETS))
def test_effects_differ_where_anything_differs(
    one: tuple[Incident, str, str], other: tuple[Incident, str, str]
) -> None:
    """Two effects have one key only where they are the same effect of the same opening."""
    assert (one == other) == (one[0].effect(*one[1:]) == other[0].effect(*other[1:]))


@given(st.tuples(INCIDENTS, st.integers(1, 99)), st.tuples(INCIDENTS, st.integers(1, 99)))
def test_page_keys_differ_by_epoch_and_round(one: tuple[Incident, int], other: tuple[Incident, int]) -> None:
    """Another epoch or round rings anew; another opening of the same epoch re-opens the same page."""
    same = (one[0][:2], one[1]) == (other[0][:2], other[1])
    assert same == (one[0].page_key(one[1]) == other[0].page_key(other[1]))


@given(INCIDENTS, st.integers(1, 999))
def test_page_key_leads_back(incident: Incident, round_: int) -> None:
    """A vendor's webhook finds the incident by the key alone."""
    key = incident.page_key(round_)
    assert (incident.workflow_id, incident.epoch) == workflow_of_page(key)
    assert key == keys.key_of_alias(keys.alias_of(key))
    assert "/" not in keys.alias_of(key)
    external = keys.external_of(key)
    assert key == keys.key_of_external(external)
    assert not set("/.") & set(external)


@pytest.mark.parametrize(
    "key",
    [
        *("", "holdline", "holdline/trunk_failure/a", "holdline/trunk_failure/a/x", "holdline/trunk_failure//1"),
        *("holdline/queue_failure/a/1", "other/trunk_failure/a/1", "holdline/trunk_failure/a/1/r2/3", "a/b/c/1"),
    ],
)
def test_other_keys_lead_nowhere(key: str) -> None:
    """A page that is not ours is nobody's incident."""
    assert workflow_of_page(key) is None


def test_longest_key_fits() -> None:
    """PagerDuty takes 255 characters, and Temporal a workflow id of 1,000 bytes."""
    assert len(LONGEST.page_key(999)) <= 255
    assert len(LONGEST.effect("page.the stale tier.999", "pagerduty:" + "x" * 200)) <= 1000


@given(INCIDENTS)
def test_ack_code_is_read_aloud(incident: Incident) -> None:
    """Six characters without I, L, O and U, so that none is taken for another."""
    assert re.fullmatch("[0-9ABCDEFGHJKMNPQRSTVWXYZ]{6}", incident.ack_code())


def test_ack_codes_of_a_year_differ() -> None:
    """Each opening of each episode has its own code."""
    incident = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, "trunk-a"), 1)
    codes = {
        incident._replace(epoch=epoch, opening=opening).ack_code() for epoch in range(500) for opening in (1, 2, 3)
    }
    assert 1500 - len(codes) <= 3


@given(st.text(max_size=50), st.text(max_size=50))
def test_marks_are_plain(event: str, effect: str) -> None:
    """A tag is 8 hexadecimal characters, a request id 32, whatever they are made from."""
    assert re.fullmatch("[0-9a-f]{8}", tag(effect))
    assert re.fullmatch("[0-9a-f]{32}", request_id(event, effect))


@given(st.text(max_size=50), st.text(max_size=50), st.uuids())
def test_a_request_id_is_known_again(event: str, effect: str, foreign: UUID) -> None:
    """Ours is, without a list of them; what others number their requests with is not."""
    assert minted(request_id(event, effect))
    assert not minted(foreign.hex)
    assert not minted(event)


def test_nothing_depends_on_time_or_chance() -> None:
    """The module knows no clock and no dice: the same incident always has the same keys."""
    source = inspect.getsource(keys)
    assert [] == re.findall(r"^(?:import|from) (?:time|datetime|random|uuid|secrets|os)\b", source, re.MULTILINE)
    assert ("6048D0", "3660315a") == (LONGEST._replace(epoch=1, opening=1).ack_code(), tag("page"))


def test_keeper_of_a_forgotten_episode_has_another_id() -> None:
    """The number may come again when the server has forgotten a history; without a mark it is as it used to be."""
    incident = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, "4f1c"), 2)
    assert "ticket/trunk_failure/4f1c/2/0a1b2c3d" == incident.ticket_workflow("0a1b2c3d")
    assert "ticket/trunk_failure/4f1c/2" == incident.ticket_workflow()
    assert {incident.workflow_id} == {workflow_of_keeper(incident.ticket_workflow(each)) for each in ("0a1b2c3d", "")}
