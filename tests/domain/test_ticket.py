"""What a ticket is made from: facts in braces, values chosen by a fact, and nothing that is empty."""

import pytest
from pydantic import Field, ValidationError

from holdline.domain.ticket import Choice, Fields, TicketForm, TicketRule, TicketSystem, rendered
from holdline.domain.ticket_messages import LONGEST_NOTE, latest


class Usual(TicketForm):
    """A form with defaults."""

    fields: Fields = Field(default={"title": "{summary}", "note": "{note}"})
    closing: Fields = Field(default={"state": "6"})


def test_facts_stand_in_braces() -> None:
    """Doubled braces are braces, and a fact that says braces is not read again."""
    fields: Fields = {"title": "{severity}: {{{summary}}}", "plain": "{{}}"}
    assert {"title": "HIGH: {{link}}", "plain": "{}"} == rendered(fields, {"severity": "HIGH", "summary": "{link}"})


def test_what_comes_out_empty_is_left_out() -> None:
    """S4.6: no ticket has an empty field by us."""
    chosen = Choice(by="site", values={"Vienna": "1"})
    assert {"d": "x"} == rendered(
        {"a": "{entity}", "b": " {queue}\n", "c": chosen, "d": "x", "e": ""}, {"site": "Graz"}
    )


def test_a_value_is_chosen_by_a_fact() -> None:
    """By the value that the fact has, otherwise by the one for all others."""
    choice = Choice.model_validate({"by": "severity", "CRITICAL": "1", "otherwise": "3"})
    assert ["1", "3", "3"] == [
        rendered({"a": choice}, facts)["a"] for facts in ({"severity": "CRITICAL"}, {"severity": "LOW"}, {})
    ]


@pytest.mark.parametrize("text", ["{sumary}", "{}", "{0}", "{summary:>10}", "{summary!r}", "{summary.__class__}", "{"])
def test_a_template_names_facts_and_nothing_else(text: str) -> None:
    """No format, no attribute, no position: the text is the operator's, and still only data."""
    with pytest.raises(ValidationError):
        TicketForm(fields={"title": text})


def test_the_operators_fields_lie_over_the_defaults() -> None:
    """One at a time, in each table for itself, and the defaults stay what they were."""
    form = Usual.model_validate({"fields": {"note": "", "site": "{site}"}})
    assert {"title": "{summary}", "note": "", "site": "{site}"} == form.fields
    assert ({"state": "6"}, {}, {}) == (form.closing, form.minimal, form.changing)
    assert {"title": "{summary}", "note": "{note}"} == Usual().fields


@pytest.mark.parametrize("written", [{"fields": 1}, {"fields": {"": "x"}}, {"fields": {"a": 1}}, {"colour": {}}, 1])
def test_a_form_of_another_shape_is_refused(written: object) -> None:
    """A table of tables, and the names of fields are not empty."""
    with pytest.raises(ValidationError):
        Usual.model_validate(written)


def test_a_system_may_be_written_by_its_name() -> None:
    """The rest has defaults."""
    assert TicketSystem.JIRA is TicketRule.model_validate("jira").system


def test_of_many_notes_the_latest_are_kept() -> None:
    """A system that is away for days is told what it can take in; one note is kept however long it is."""
    notes = [f"{number}".ljust(LONGEST_NOTE // 4) for number in range(9)]
    assert notes[-4:] == latest(notes)
    assert ["x" * LONGEST_NOTE] == latest(["before", "x" * LONGEST_NOTE])
    assert [] == latest([])
