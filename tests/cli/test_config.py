"""`holdline config`: what is in force, and what deserves a look."""

import json
import tomllib
from pathlib import Path

from tests.cli.console import holdline

SECRET = "canary-event-secret-with-32-char"


def written(folder: Path, text: str) -> str:
    """A configuration file."""
    file = folder / "holdline.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


# Everything an incident needs.
WHOLE = """
[genesys]
login_url = "https://login.mypurecloud.de"
api_url = "https://api.mypurecloud.de"
client_id = "holdline"
client_secret = "env:EVENT_SECRET"
[detection]
sources = ["trunks"]
[pagerduty]
token = "env:EVENT_SECRET"
services = { voice = "env:EVENT_SECRET" }
"""


async def test_show_prints_toml_with_the_environment_over_the_file(tmp_path: Path) -> None:
    """What is in force is valid TOML; the environment counts more than the file."""
    file = written(tmp_path, '[gateway]\nport = 1234\nhost = "127.0.0.2"\n')
    done = await holdline("--config", file, "config", "show", environ={"HOLDLINE_GATEWAY__PORT": "4321"})
    shown = tomllib.loads(done.out)["gateway"]
    assert (0, 4321, "127.0.0.2") == (done.code, shown["port"], shown["host"])


async def test_secrets_stay_references(tmp_path: Path) -> None:
    """Neither form shows the value of a secret."""
    file = written(tmp_path, '[gateway.secrets]\nevents = ["env:EVENT_SECRET"]\n')
    for form in ([], ["--json"]):
        done = await holdline("--config", file, "config", "show", *form, environ={"EVENT_SECRET": SECRET})
        assert "env:EVENT_SECRET" in done.out
        assert SECRET not in done.out + done.err


async def test_check_is_content(tmp_path: Path) -> None:
    """A configuration without a flaw ends with 0."""
    file = written(tmp_path, WHOLE + '[gateway.secrets]\nevents = ["env:EVENT_SECRET"]\n')
    done = await holdline("--config", file, "config", "check", environ={"EVENT_SECRET": SECRET})
    assert (0, "The configuration is fine.\n") == (done.code, done.out)


async def test_check_notes_what_may_be_meant(tmp_path: Path) -> None:
    """Nothing is polled and PagerDuty cannot be asked: two sentences, and still 0; in JSON they are no problems."""
    bare = WHOLE.replace('sources = ["trunks"]', "").replace('token = "env:EVENT_SECRET"', "")
    file = written(tmp_path, bare + '[gateway.secrets]\nevents = ["env:EVENT_SECRET"]\n')
    done = await holdline("--config", file, "config", "check", environ={"EVENT_SECRET": SECRET})
    assert (0, "The configuration is fine.") == (done.code, done.lines[-1])
    noted = ["Note: detection.sources", "Note: pagerduty.token"]
    assert noted == [each.partition(": there")[0] for each in done.lines[:-1]]
    in_json = await holdline("--config", file, "config", "check", "--json", environ={"EVENT_SECRET": SECRET})
    said = json.loads(in_json.out)
    assert (0, [], done.lines[:-1]) == (in_json.code, said["problems"], [f"Note: {each}" for each in said["notices"]])


async def test_check_finds_what_deserves_a_look(tmp_path: Path) -> None:
    """A secret that cannot be read ends with 10 and a sentence; in JSON, too."""
    file = written(tmp_path, WHOLE + '[gateway.secrets]\nevents = ["env:NOT_THERE"]\n')
    done = await holdline("--config", file, "config", "check", environ={"EVENT_SECRET": SECRET})
    assert (10, 1) == (done.code, len(done.lines))
    assert "NOT_THERE" in done.out
    in_json = await holdline("--config", file, "config", "check", "--json", environ={"EVENT_SECRET": SECRET})
    assert (10, done.lines) == (in_json.code, json.loads(in_json.out)["problems"])
