"""The section of Jira Service Management operations."""

from pathlib import Path

import pytest

from holdline.settings import ConfigInvalid, Settings, check, load

ACCOUNT = """
[jsm.account]
api_url = "https://api.atlassian.com/jsm/ops/api/cloud"
email = "holdline@example.com"
token = "env:A"
"""
LADDER = """
[runbooks.trunk_failure.escalation]
tiers = [{ name = "one", page = ["jsm:telephony"] }]
"""


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


def test_a_team_is_paged_by_its_name(tmp_path: Path) -> None:
    """A tier names the team, the team its key."""
    settings = loaded(tmp_path, f'[jsm.teams]\ntelephony = "env:A"\n{ACCOUNT}{LADDER}')
    assert settings.jsm is not None
    assert "https://api.atlassian.com/jsm/ops/integration" == settings.jsm.url
    assert [] == settings.dangling()


def test_the_keys_of_jira_need_an_account(tmp_path: Path) -> None:
    """Without one nobody could say what became of an alert."""
    assert "write [jsm.account] with api_url, email and token" in problems(tmp_path, '[jsm.teams]\ntelephony = "env:A"')


def test_opsgenie_needs_none(tmp_path: Path) -> None:
    """Its keys may read."""
    text = '[jsm]\nurl = "https://api.eu.opsgenie.com"\n[jsm.teams]\ntelephony = "env:A"\n'
    assert [] == loaded(tmp_path, text + LADDER).dangling()


def test_an_unknown_team_is_told(tmp_path: Path) -> None:
    """A tier that pages nobody is a mistake that shows at once."""
    assert "tier one pages jsm:telephony, but [jsm.teams] names nobody" in problems(tmp_path, LADDER)


def test_a_shared_secret_is_long(tmp_path: Path) -> None:
    """The operator chooses it, and anybody who guesses it could acknowledge."""
    said = check(loaded(tmp_path, '[gateway.secrets]\njsm = ["env:SHORT"]', SHORT="short"))
    assert any(each.startswith("gateway.secrets.jsm.0: env:SHORT is shorter than 24 bytes") for each in said)
