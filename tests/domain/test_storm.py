"""Storms: who is counted, what is said, what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from holdline.domain.entity import EntityKind
from holdline.domain.incident import IncidentKind
from holdline.domain.storm import KEPT, Member, Standing, Storm, StormRule, about, words, worth_a_row

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VIENNA = about("Vienna")


def member(number: int, opening: int = 1) -> Member:
    """A trunk of the storm."""
    name = f"trunk-{number}"
    return Member(workflow_id=f"incident/{name}", label=name, epoch=1, opening=opening, joined_at=NOON)


def storm(size: int, counted: int = 0) -> Storm:
    """A storm of so many trunks."""
    found = Storm()
    for number in range(size):
        found = found.joined(member(number), counted)
    return found


def test_it_says_how_many_of_what_where() -> None:
    """The words of the page and of the card."""
    many = storm(37)
    assert "37 trunk failures of site Vienna" == words(IncidentKind.TRUNK_FAILURE, many, VIENNA)
    for number in range(4):
        many = many.left(f"incident/trunk-{number}", (1, 1))
    assert "37 trunk failures of site Vienna, 4 recovered" == words(IncidentKind.TRUNK_FAILURE, many, VIENNA)
    assert "1 edge offline of the organisation" == words(IncidentKind.EDGE_OFFLINE, storm(1), about(""))


@pytest.mark.parametrize("kind", IncidentKind)
def test_every_kind_has_words(kind: IncidentKind) -> None:
    """A kind without words would break the page of its storm."""
    assert words(kind, storm(2), VIENNA).startswith("2 ")


def test_the_first_page_tells_what_was_counted() -> None:
    """Those that have not joined yet are counted already."""
    first = Storm().joined(member(0), 37)
    assert (37, 1) == (first.total, len(first.open))


def test_the_same_word_twice_is_one() -> None:
    """A member that joins twice, or is over twice, counts once."""
    two = storm(2).joined(member(1), 0)
    over = two.left("incident/trunk-1", (1, 1)).left("incident/trunk-1", (1, 1))
    assert (2, 2, 1, 1) == (two.total, len(two.open), over.recovered, len(over.open))
    assert over == over.joined(member(1), 0)


def test_a_relapse_joins_again() -> None:
    """A new opening of a member that was over is open, and late word of the old one changes nothing."""
    again = storm(2).left("incident/trunk-1", (1, 1)).joined(member(1, opening=2), 0)
    assert (2, 0, 2) == (again.total, again.recovered, len(again.open))
    assert again == again.left("incident/trunk-1", (1, 1))


def test_a_stranger_changes_nothing() -> None:
    """Who never joined, or was forgotten, cannot recover, and needs no note of what it was told."""
    assert storm(2) == storm(2).left("incident/trunk-7", (1, 1))
    assert storm(2) == storm(2).told("incident/trunk-7")


def test_nothing_is_dropped_from_the_count() -> None:
    """Beyond those that are kept the members that are over are only counted; the open ones are all kept."""
    many = storm(KEPT + 20)
    for number in range(KEPT + 10):
        many = many.left(f"incident/trunk-{number}", (1, 1))
    assert (KEPT + 20, KEPT + 10, 10) == (many.total, many.recovered, len(many.open))
    assert KEPT + 10 == len(many.members)


def test_re_opened_it_begins_anew() -> None:
    """What was over belongs to the last opening."""
    anew = storm(3, counted=9).left("incident/trunk-0", (1, 1)).anew()
    assert (2, 0) == (anew.total, anew.recovered)


def test_one_that_pages_for_itself_is_not_recovered() -> None:
    """It is neither open under the parent nor over."""
    apart = storm(2).left("incident/trunk-0", (1, 1), Standing.APART)
    assert (1, 0) == (len(apart.open), apart.recovered)


def test_a_site_has_one_parent() -> None:
    """Sites that look alike have parents of their own; where there is no site, the organisation has one."""
    assert about("Vienna") == about("Vienna")
    ids = {about(site).id for site in ("Vienna", "vienna", "Vienna!", "Wien", "維也納", "")}
    assert 6 == len(ids)
    assert (EntityKind.SITE, EntityKind.ORGANISATION) == (about("Vienna").kind, about("").kind)


def test_the_wait_ends_when_the_incident_is_old_enough() -> None:
    """It is counted from the opening, and never longer than the rule says, whatever a clock shows."""
    rule = StormRule(gather=timedelta(seconds=3))
    seconds = [rule.wait(NOON, NOON + timedelta(seconds=ago)).total_seconds() for ago in (-60, 0, 1, 3, 90)]
    assert [3, 3, 2, 0, 0] == seconds


@pytest.mark.parametrize("wrong", [{"at_least": 1}, {"at_least": -1}, {"gather": "6s"}, {"within": "0s"}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    """One is not many, and nobody is kept waiting for long."""
    with pytest.raises(ValidationError):
        StormRule.model_validate(wrong)


def test_the_timeline_stays_readable() -> None:
    """The first members are named, then one in a hundred."""
    assert [1, 20, 100, 500] == [each for each in (1, 20, 21, 100, 101, 500) if worth_a_row(each)]
