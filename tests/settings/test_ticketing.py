"""The sections of the ticket systems: an account, and what tickets are made from."""

from pathlib import Path

import pytest

from holdline.domain.ticket import Choice, TicketForm, rendered
from holdline.settings import ConfigInvalid, Settings, load, render

OAUTH = 'user = "holdline"\nclient_id = "c"\nclient_secret = "env:A"'
BASIC = 'user = "holdline"\npassword = "env:A"'
SALESFORCE = '[salesforce]\nurl = "https://example.my.salesforce.com"\nclient_id = "c"\nclient_secret = "env:A"'


def servicenow(account: str = OAUTH, more: str = "") -> str:
    """A section with an account."""
    return f'[servicenow]\nurl = "https://example.service-now.com"\n{account}\n{more}'


def loaded(tmp_path: Path, text: str, **environ: str) -> Settings:
    """The settings of this content."""
    path = tmp_path / "holdline.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def form(tmp_path: Path, more: str) -> TicketForm:
    """What tickets at ServiceNow are made from."""
    found = loaded(tmp_path, servicenow(more=more)).servicenow
    assert found is not None
    return found


@pytest.mark.parametrize("account", [OAUTH, BASIC])
def test_an_account_is_a_client_or_a_password(tmp_path: Path, account: str) -> None:
    """And says whom it acts as."""
    assert loaded(tmp_path, servicenow(account)).servicenow is not None


def test_a_client_says_whom_it_acts_as(tmp_path: Path) -> None:
    """Else its own changes would be taken for a person's, and nobody be paged."""
    with pytest.raises(ConfigInvalid, match="write user too, whom the client acts as"):
        loaded(tmp_path, servicenow('client_id = "c"\nclient_secret = "env:A"'))


@pytest.mark.parametrize(
    "account",
    [
        "",
        'user = "holdline"',
        'client_id = "c"',
        'user = "u"\nclient_secret = "env:A"',
        f'{BASIC}\nclient_id = "c"\nclient_secret = "env:A"',
        f'{BASIC}\nclient_id = "c"',
    ],
)
def test_half_an_account_is_a_mistake(tmp_path: Path, account: str) -> None:
    """And so are two of them."""
    with pytest.raises(ConfigInvalid, match="write user and password, or client_id and client_secret"):
        loaded(tmp_path, servicenow(account))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[servicenow.fields]\nshort_description = "{sumary}"', "{sumary} is no fact"),
        ('[servicenow.fields]\nshort_description = "{summary!r}"', "a fact takes no format"),
        ('[servicenow.fields]\nshort_description = "{summary"', "write {name} for a fact"),
        ('[servicenow.fields]\nimpact = { by = "mood", HIGH = "1" }', "servicenow.fields.impact"),
        ('[servicenow.fields]\nimpact = { by = "severity" }', "servicenow.fields.impact"),
        ('table = "incident; drop"', "servicenow.table"),
        ("new_states = []", "servicenow.new_states"),
        ("fields = 1", "servicenow.fields"),
    ],
)
def test_a_mapping_that_cannot_be_is_told_at_once(tmp_path: Path, more: str, told: str) -> None:
    """Not when the first ticket is opened."""
    with pytest.raises(ConfigInvalid) as caught:
        loaded(tmp_path, servicenow(more=more))
    assert told in "\n".join(caught.value.problems)


def test_what_is_written_lies_over_the_defaults(tmp_path: Path) -> None:
    """One field at a time; an empty text leaves a field out, and the other tables stay as they are."""
    own = '[servicenow.fields]\nurgency = ""\ncategory = { by = "kind", queue_overflow = "voice", otherwise = "net" }'
    found, usual = form(tmp_path, own), form(tmp_path, "")
    facts = {"summary": "Down", "severity": "CRITICAL", "kind": "trunk_failure", "description": "Since 02:12."}
    assert {
        "short_description": "Down",
        "description": "Since 02:12.",
        "impact": "1",
        "category": "net",
    } == rendered(found.fields, facts)
    assert usual.closing == found.closing
    assert isinstance(usual.fields["urgency"], Choice)


def test_a_field_may_be_set_by_the_environment(tmp_path: Path) -> None:
    """As every setting."""
    settings = loaded(tmp_path, servicenow(), HOLDLINE_SERVICENOW__CLOSING__CLOSE_CODE="Workaround provided")
    assert settings.servicenow is not None
    assert ("6", "Workaround provided") == tuple(settings.servicenow.closing[name] for name in ("state", "close_code"))


def test_what_is_shown_loads_again(tmp_path: Path) -> None:
    """Choices stand in a line, and say the same."""
    settings = loaded(tmp_path, f"{servicenow()}\n{SALESFORCE}")
    shown = render(settings)
    assert 'impact = { by = "severity", CRITICAL = "1", HIGH = "2", otherwise = "3" }' in shown
    assert settings == loaded(tmp_path, shown)


def test_a_connected_app_is_enough(tmp_path: Path) -> None:
    """Everything else at Salesforce has a default."""
    found = loaded(tmp_path, SALESFORCE).salesforce
    assert found is not None
    assert ("Holdline_Key__c", ("New",), {"Status": "Closed"}) == (
        found.external_field,
        found.new_statuses,
        found.closing,
    )


@pytest.mark.parametrize("more", ['external_field = "Key"', 'api_version = "59"', 'external_field = "x = 1 OR y__c"'])
def test_what_goes_into_a_path_or_a_query_has_a_form(tmp_path: Path, more: str) -> None:
    """A field of your own ends with `__c`; a version is written as Salesforce writes it."""
    with pytest.raises(ConfigInvalid, match="salesforce"):
        loaded(tmp_path, f"{SALESFORCE}\n{more}")


@pytest.mark.parametrize("section", [servicenow(), SALESFORCE])
def test_a_budget_is_shared_by_all_processes(tmp_path: Path, section: str) -> None:
    """Fewer requests than processes cannot be divided."""
    with pytest.raises(ConfigInvalid, match=r"worker\.processes"):
        loaded(tmp_path, f"{section}\nrequests_per_second = 2\n[worker]\nprocesses = 3")
