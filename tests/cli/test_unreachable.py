"""When Temporal is away or the configuration is wrong: one sentence, no traceback, the promised code."""

import socket
from pathlib import Path

import pytest

from tests.cli.console import holdline


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return {"TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "HOLDLINE_DATA_DIR": str(tmp_path)}


@pytest.mark.parametrize("arguments", [["list"], ["show", "trunk-1"], ["ack", "trunk-1", "--by", "olga"]])
async def test_temporal_is_away(nowhere: dict[str, str], arguments: list[str]) -> None:
    """Every command that asks Temporal ends with 7 and says where it looked and what to do."""
    done = await holdline("incident", *arguments, environ=nowhere)
    assert (7, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert f"Temporal at {nowhere['TEMPORAL_ADDRESS']} did not answer" in done.err
    assert "holdline up" in done.err


async def test_a_wrong_configuration_names_every_mistake(tmp_path: Path) -> None:
    """A configuration that cannot be used ends with 3 and a line for each mistake."""
    file = tmp_path / "holdline.toml"
    file.write_text("[gateway]\nport = 'x'\n[worker]\nroles = ['singer']\n", encoding="utf-8")
    done = await holdline("--config", str(file), "incident", "list", environ={})
    assert (3, "") == (done.code, done.out)
    head, *mistakes = done.err.splitlines()
    assert "The configuration is wrong:" == head
    assert "  gateway.port: write a whole number without quotes." == mistakes[0]
    assert mistakes[1].startswith("  worker.roles.0: write one of 'incidents', ")


async def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    """A file that is not there ends with 3 and its name."""
    done = await holdline("--config", str(tmp_path / "none.toml"), "config", "check", environ={})
    assert (3, "") == (done.code, done.out)
    assert "none.toml" in done.err
