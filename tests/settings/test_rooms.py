"""The sections of Slack, Teams and e-mail."""

from pathlib import Path

import pytest

from holdline.settings import ConfigInvalid, Settings, check, load

SLACK = '[slack]\ntoken = "env:A"\n[slack.rooms]\nincidents = "C0123456789"\n'
TEAMS = '[teams.rooms]\nincidents = "env:A"\n'
EMAIL = '[email]\nhost = "smtp.example.com"\nfrom_address = "holdline@example.com"\n'
ALICE = '[contacts.alice]\nemail = "alice@example.com"\n'
WORKFLOW = "https://prod-01.westeurope.logic.azure.com/workflows/ab/triggers/manual/paths/invoke?sig=abcdefgh"


def ladder(target: str) -> str:
    """A runbook that pages one target."""
    return f'[runbooks.trunk_failure.escalation]\ntiers = [{{ name = "one", page = ["{target}"] }}]\n'


def loaded(tmp_path: Path, text: str, **environ: str) -> Settings:
    """The settings of this content."""
    path = tmp_path / "holdline.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def problems(tmp_path: Path, text: str) -> str:
    """What is said of this content."""
    with pytest.raises(ConfigInvalid) as caught:
        loaded(tmp_path, text)
    return "\n".join(caught.value.problems)


def test_rooms_and_letters_have_defaults(tmp_path: Path) -> None:
    """A token, a room, a server and an address are enough."""
    settings = loaded(tmp_path, SLACK + TEAMS + EMAIL)
    assert settings.slack is not None
    assert settings.teams is not None
    assert settings.email is not None
    assert ("https://slack.com/api", 60, 5) == (
        settings.slack.api_url,
        settings.slack.requests_per_minute,
        settings.slack.requests_per_second,
    )
    assert (587, "starttls", None) == (settings.email.port, settings.email.tls, settings.email.username)
    assert (60, 5) == (settings.teams.requests_per_minute, settings.teams.requests_per_second)


@pytest.mark.parametrize(
    ("target", "text"),
    [("slack:incidents", SLACK), ("teams:incidents", TEAMS), ("email:alice", EMAIL + ALICE)],
)
def test_a_tier_may_write(tmp_path: Path, target: str, text: str) -> None:
    """A room or a contact that is configured can be named by a tier."""
    assert [] == loaded(tmp_path, text + ladder(target)).dangling()


DANGLING = {
    ("slack:other", SLACK): "slack:other, but [slack.rooms] names only incidents",
    ("slack:incidents", ""): "slack:incidents, but [slack.rooms] names nobody",
    ("teams:other", TEAMS): "teams:other, but [teams.rooms] names only incidents",
    ("teams:incidents", ""): "teams:incidents, but [teams.rooms] names nobody",
    ("email:bob", EMAIL + ALICE): "email:bob, but [contacts] names only alice with an e-mail address",
    ("email:alice", EMAIL): "email:alice, but [contacts] names nobody with an e-mail address",
    ("email:alice", ALICE): "email:alice, but there is no [email] section to send it with",
}


@pytest.mark.parametrize(("target", "text"), DANGLING)
def test_a_tier_that_would_reach_nobody(tmp_path: Path, target: str, text: str) -> None:
    """The sentence says what is there instead."""
    assert DANGLING[target, text] in problems(tmp_path, text + ladder(target))


BAD = {
    "the name of a channel": (
        SLACK.replace("C0123456789", "#incidents"),
        "write the channel's id, such as C0123456789",
    ),
    "a channel in small letters": (SLACK.replace("C0123456789", "c0123456789"), "write the channel's id"),
    "a user without a password": (EMAIL + 'username = "holdline"', "username and password go together"),
    "a password without a user": (EMAIL + 'password = "env:A"', "username and password go together"),
    "a way that is none": (EMAIL + 'tls = "ssl"', "email.tls: write one of"),
    "a name beside the address": (
        EMAIL.replace('"holdline@example.com"', '"Holdline <holdline@example.com>"'),
        "write an e-mail address and nothing else",
    ),
    "a contact with two": ('[contacts.alice]\nemail = "a@example.com, b@example.com"', "write an e-mail address"),
    "a header in an address": ('[contacts.alice]\nemail = "a@example.com\\r\\nBcc: b@example.com"', "write an e-mail"),
    "fewer turns than processes": (
        SLACK.replace("[slack.rooms]", "requests_per_second = 3\n[slack.rooms]") + "[worker]\nprocesses = 3",
        "slack allows 3 requests",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_a_sentence(tmp_path: Path, name: str) -> None:
    """Each says what to write instead."""
    text, expected = BAD[name]
    assert expected in problems(tmp_path, text)


def told(tmp_path: Path, text: str, **environ: str) -> list[str]:
    """What `config check` says of a section."""
    found = check(loaded(tmp_path, text, **environ))
    return [each for each in found if each.startswith(("teams.", "email.", "slack.", "pagerduty"))]


def test_the_address_of_a_workflow_is_looked_at(tmp_path: Path) -> None:
    """A retired connector, something else, and one without encryption are told; none of them is repeated."""
    others = {
        "https://example.webhook.office.com/webhookb2/x": "has retired",
        "https://outlook.office.com/webhook/x": "has retired",
        "https://example.com/hook": "is not the address of a workflow",
        "nonsense": "is not the address of a workflow",
        WORKFLOW.replace("https", "http"): "is not encrypted",
    }
    for address, expected in others.items():
        (sentence,) = told(tmp_path, TEAMS, A=address)
        assert expected in sentence
        assert address not in sentence
    assert [] == told(tmp_path, TEAMS, A=WORKFLOW)


def test_letters_in_the_clear_are_told(tmp_path: Path) -> None:
    """Only a server on the same machine may go without encryption."""
    clear = EMAIL + 'tls = "none"\n'
    (sentence,) = told(tmp_path, clear)
    assert "email.tls" in sentence
    assert [] == told(tmp_path, clear.replace("smtp.example.com", "127.0.0.1"))
    assert [] == told(tmp_path, EMAIL)
