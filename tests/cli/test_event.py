"""`holdline event send`: signed, sent, and answered by a real gateway."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from holdline.cli.household import gateway
from holdline.cli.stage import Pace, Ports, build
from holdline.settings import load
from tests.cli.console import Done, eventually, holdline, started


class Desk:
    """A gateway, and whoever sends to it."""

    def __init__(self, config: Path) -> None:
        self.config = config

    async def sends(self, *arguments: str, given: bytes = b"") -> Done:
        """Send an event."""
        return await holdline("--config", str(self.config), "event", "send", *arguments, environ={}, given=given)


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A gateway of its own, without Temporal: it needs none to accept an event."""
    config = build(tmp_path_factory.mktemp("desk"), Ports.free(), Pace())
    ready = gateway(config, load(config, {})).ready
    async with started("--config", str(config), "gateway", environ={}) as process:
        await eventually(ready)
        yield Desk(config)
        process.terminate()
        assert 0 == await process.wait()


async def test_an_event_is_accepted(desk: Desk) -> None:
    """A signed event is accepted, and its id is printed."""
    done = await desk.sends("trunk-1", "--id", "one")
    assert (0, "accepted: event one\n", "") == (done.code, done.out, done.err)


async def test_the_same_id_is_the_same_event(desk: Desk) -> None:
    """An event sent again with its id is known already; that is no error."""
    await desk.sends("trunk-2", "--id", "two")
    done = await desk.sends("trunk-2", "--id", "two", "--repeat", "3")
    assert (0, "3 known already\n") == (done.code, done.out)


async def test_repetitions_are_counted(desk: Desk) -> None:
    """Without an id each repetition is an event of its own."""
    done = await desk.sends("trunk-3", "--repeat", "5", "--status", "healthy", "--severity", "low")
    assert (0, "5 accepted\n") == (done.code, done.out)


async def test_a_file_is_sent_as_it_is(desk: Desk) -> None:
    """The JSON of a file or of standard input is signed and sent unchanged; what cannot be understood is kept."""
    done = await desk.sends("--file", "-", given=json.dumps({"event_id": "drift", "wrong": 1}).encode())
    assert 0 == done.code
    assert done.out.startswith("quarantined: event ")


async def test_another_secret_is_refused(desk: Desk, tmp_path: Path) -> None:
    """A signature by a secret that the gateway does not know ends with 5."""
    text = desk.config.read_text(encoding="utf-8")
    (tmp_path / "other").write_text("another secret of at least 24 bytes", encoding="utf-8")
    other = text.replace(f"{desk.config.parent}/secrets/events", f"{tmp_path}/other")
    (tmp_path / "holdline.toml").write_text(other, encoding="utf-8")
    done = await Desk(tmp_path / "holdline.toml").sends("trunk-4")
    assert (5, "") == (done.code, done.out)
    assert done.err.startswith("Not accepted: the gateway refuses the signature")


async def test_what_is_not_json_is_refused(desk: Desk) -> None:
    """Something that is no JSON at all is put aside or refused, never a traceback."""
    done = await desk.sends("--file", "-", given=b"\xff\xfe")
    assert done.code in (0, 2)
    assert "Traceback" not in done.err


async def test_a_gateway_that_is_away(desk: Desk) -> None:
    """Nobody listens: 7, and the address."""
    done = await desk.sends("trunk-5", "--gateway", "http://127.0.0.1:1")
    assert (7, "") == (done.code, done.out)
    assert done.err.startswith("The gateway at http://127.0.0.1:1 does not answer (")


async def test_a_trunk_or_a_file(desk: Desk) -> None:
    """One of the two is needed, and only one."""
    for arguments in ([], ["trunk-6", "--file", "-"]):
        done = await desk.sends(*arguments)
        assert (2, "") == (done.code, done.out)


async def test_without_a_secret_nothing_is_signed(tmp_path: Path) -> None:
    """A configuration without a secret for events ends with 3."""
    done = await holdline("event", "send", "trunk-7", environ={"HOLDLINE_DATA_DIR": str(tmp_path)})
    assert (3, "There is no secret to sign with; set gateway.secrets.events.\n") == (done.code, done.err)
