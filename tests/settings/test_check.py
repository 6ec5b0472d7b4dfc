"""What is allowed and still deserves a look."""

import stat
from pathlib import Path

import pytest

from holdline.settings import check, load, notices

ABSENT = ("runbooks.trunk_failure: ", "genesys: ", "pagerduty: ")

POLLING = """
[genesys]
login_url = "https://login.mypurecloud.de"
api_url = "https://api.mypurecloud.de"
client_id = "holdline"
client_secret = "env:A"
[detection]
sources = ["trunks"]
[pagerduty]
token = "env:A"
services = { voice = "env:A" }
"""


def told(tmp_path: Path, text: str, **environ: str) -> list[str]:
    """What `config check` says about this content, besides of what is absent."""
    path = tmp_path / "holdline.toml"
    path.write_text(text, encoding="utf-8")
    return [sentence for sentence in check(load(path, environ)) if not sentence.startswith(ABSENT)]


def test_what_an_incident_would_do_without() -> None:
    """An empty configuration is told what is missing: a runbook, Genesys, and a way to page anybody."""
    assert list(ABSENT) == [sentence.split(" ")[0] + " " for sentence in check(load(None, {}))]


def test_what_is_noted(tmp_path: Path) -> None:
    """Nothing is polled, and PagerDuty cannot be asked: each is a sentence until it is otherwise."""
    path = tmp_path / "holdline.toml"
    said = []
    for text in ("", "[pagerduty]", '[pagerduty]\ntoken = "env:A"'):
        path.write_text(text, encoding="utf-8")
        said.append([each.split(": ")[0] for each in notices(load(path, {}))])
    assert [["detection.sources"], ["detection.sources", "pagerduty.token"], ["detection.sources"]] == said


def test_tickets_without_a_user_of_ours_are_noted(tmp_path: Path) -> None:
    """What Holdline does to a ticket would come back as somebody's word; where it is known who we are nothing is."""
    path = tmp_path / "holdline.toml"
    azure = '[azure_devops]\nurl = "https://dev.azure.com/x"\ntoken = "env:A"\nproject = "P"\n'
    for system, own, said in (
        ("salesforce", "", ["gateway.tickets.own_users"]),
        ("salesforce", '[gateway.tickets]\nown_users = ["holdline"]', []),
        ("azure_devops", azure, ["gateway.tickets.own_users"]),
        ("azure_devops", f'{azure}user = "holdline@example.com"', []),
        ("jira", "", []),
    ):
        path.write_text(f'{POLLING}\n[gateway.secrets]\n{system} = ["env:A"]\n{own}', encoding="utf-8")
        assert said == [each.split(": ")[0] for each in notices(load(path, {}))]


def test_polling_is_not_noted(tmp_path: Path) -> None:
    """Whoever polls hears nothing about it."""
    path = tmp_path / "holdline.toml"
    path.write_text(POLLING, encoding="utf-8")
    assert [] == notices(load(path, {}))


def test_nothing_to_say(tmp_path: Path) -> None:
    """A sound configuration is left alone, and local addresses need no encryption."""
    text = '[telemetry]\notlp_endpoint = "http://127.0.0.1:4318"\n[gateway.secrets]\nevents = ["env:A"]'
    assert [] == told(tmp_path, text, A="x" * 24)


@pytest.mark.parametrize("source", ["events", "genesys", "servicenow", "operators"])
def test_weak_secrets(tmp_path: Path, source: str) -> None:
    """A secret that the operator chooses has at least 24 bytes, and a short one is not repeated."""
    sentences = told(tmp_path, f'[gateway.secrets]\n{source} = ["env:A", "env:B"]', A="x" * 24, B="short")
    assert [f"gateway.secrets.{source}.1: env:B is shorter than 24 bytes"] == [each.split(";")[0] for each in sentences]


def test_unreadable_secrets(tmp_path: Path) -> None:
    """Each secret that cannot be read is told with its setting."""
    sentences = told(tmp_path, '[pagerduty]\ntoken = "env:A"\n[contacts.bob]\nphone = "file:/not/there"')
    assert [
        "pagerduty.token: env:A is not set.",
        "contacts.bob.phone: file:/not/there cannot be read: No such file or directory.",
    ] == sentences


def test_values_of_the_wrong_kind(tmp_path: Path) -> None:
    """A routing key has 32 characters and a telephone number an international form; neither is repeated."""
    text = '[pagerduty.services]\nvoice = "env:A"\n[contacts.bob]\nphone = "env:B"'
    sentences = told(tmp_path, text, A="toolittle", B="01234567")
    assert 2 == len(sentences)
    assert "toolittle" not in str(sentences)
    assert "01234567" not in str(sentences)


def test_open_files(tmp_path: Path) -> None:
    """A secret file that everybody can read is told, with what to do."""
    secret = tmp_path / "token"
    secret.write_text("value", encoding="utf-8")
    secret.chmod(stat.S_IRUSR | stat.S_IROTH)
    assert [f"pagerduty.token: everybody on this machine can read file:{secret}; chmod 600 it where you can."] == told(
        tmp_path, f'[pagerduty]\ntoken = "file:{secret}"'
    )


def test_addresses_without_encryption(tmp_path: Path) -> None:
    """Credentials over plain HTTP to another machine are told."""
    assert ["pagerduty.rest_url: http://sandbox:8080 is not encrypted, and what travels over it can be read."] == told(
        tmp_path, '[pagerduty]\nrest_url = "http://sandbox:8080"'
    )
