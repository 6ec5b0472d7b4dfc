"""`holdline gate show`, `cap`, `free`: who changes something, how many may, and a lock that must be free."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from holdline.domain.gate_messages import GATE
from holdline.domain.incident import Severity
from tests.cli.console import Done, holdline
from tests.support.temporal import connected, embedded_server
from tests.workflows.walkers import LIMITS, House, gatehouse
from workers.datadir import Server


class Desk:
    """A server of its own, with the gate that the commands know."""

    def __init__(self, server: Server, house: House) -> None:
        self._server = server
        self.house = house
        house.gate = GATE

    async def runs(self, *arguments: str, **environ: str) -> Done:
        """Run a command to its end."""
        known = {"TEMPORAL_ADDRESS": self._server.address, "HOLDLINE_DATA_DIR": str(self._server.data_dir)}
        return await holdline("gate", *arguments, environ=known | {"HOLDLINE_OPERATOR": "olga"} | environ)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server on which nothing has happened."""
    async with embedded_server(tmp_path) as running:
        yield running


@pytest.fixture
async def desk(server: Server) -> AsyncIterator[Desk]:
    """A worker, and no gate yet."""
    client = await connected(server)
    async with gatehouse(client, LIMITS.model_copy(update={"cap": 2}), is_open=False) as house:
        yield Desk(server, house)


async def test_who_holds_and_who_waits(desk: Desk) -> None:
    """The board names the locks, their holders, what the others wait for, and the blast radius."""
    await desk.house.open()
    first = await desk.house.walk("queue:sales", severity=Severity.CRITICAL)
    await desk.house.until(1, 0)
    second = await desk.house.walk("queue:sales")
    await desk.house.until(1, 1)
    told = await desk.runs("show")
    assert (0, "") == (told.code, told.err)
    assert "1 of 2 changes under way · 1 waiting · lease 30s" == told.lines[0]
    assert "0 of 1000 trunks touched in 30m · 0 of 10 queues touched in 30m" == told.lines[1]
    assert [True, True] == [text in told.out for text in ("a walk", f"{first.id} holds queue:sales")]
    board = json.loads((await desk.runs("show", "--json")).out)
    assert [first.id, second.id] == [board["holders"][0]["holder"], board["waiting"][0]["holder"]]
    await _end(first, second)


async def test_the_cap_is_set_and_signed(desk: Desk) -> None:
    """A new cap counts at once, and the board says whose it is and why; again, it is so already."""
    await desk.house.open()
    done = await desk.runs("cap", "5", "--reason", "a storm")
    again = await desk.runs("cap", "5", "--reason", "a storm", "--by", "otto")
    assert (0, "gate: the cap is 5, it was 2\n") == (done.code, done.out)
    assert (0, "gate: the cap is 5 already, set by olga\n") == (again.code, again.out)
    told = await desk.runs("show", "--utc")
    assert "0 of 5 changes under way · 0 waiting · lease 30s · cap set by olga, configured: 2" == told.lines[0]
    assert "olga sets the cap to 5, it was 2: a storm" in told.out


async def test_a_lock_is_freed(desk: Desk) -> None:
    """The lock is taken from its holder; where nobody holds it, that is said, and it is no failure."""
    await desk.house.open()
    stuck = await desk.house.walk("queue:sales")
    await desk.house.until(1, 0)
    done = await desk.runs("free", "queue:sales", "--reason", "its worker is gone")
    again = await desk.runs("free", "queue:sales", "--reason", "its worker is gone")
    assert (0, True) == (done.code, done.out.startswith(f"gate: queue:sales is free; {stuck.id} may still act until"))
    assert (0, "gate: nobody holds queue:sales\n") == (again.code, again.out)
    await _end(stuck)


@pytest.mark.long
async def test_a_gate_that_does_not_run(desk: Desk) -> None:
    """4, and a sentence that says since when and what opens it; the last board of one that was ended is not shown."""
    for arguments in (["show"], ["cap", "3", "--reason", "x"], ["free", "queue:a", "--reason", "x"]):
        done = await desk.runs(*arguments)
        assert (4, "") == (done.code, done.out)
        assert done.err.startswith("The gate has never been opened. A worker that starts opens it")
    await desk.house.open()
    await desk.house.handle.terminate()
    done = await desk.runs("show")
    assert (4, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert done.err.startswith("The gate does not run: it was terminated at ")


async def test_without_a_worker_nothing_is_pretended(server: Server) -> None:
    """When no worker answers in time, the code is 8 and the sentence says what to do."""
    house = House(await connected(server), LIMITS)
    desk = Desk(server, house)
    await house.open()
    shown = await desk.runs("show")
    ordered = await desk.runs("cap", "3", "--reason", "x", "--wait", "1s")
    assert (8, "", 8, "") == (shown.code, shown.out, ordered.code, ordered.out)
    assert "No worker answered for the gate within 1s; `holdline worker` starts one." in ordered.err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["cap", "3"], "Missing option '--reason'"),
        (["cap", "3", "--reason", " "], "Say why with --reason."),
        (["cap", "3", "--reason", "x", "--by", " "], "Say who you are with --by NAME or in HOLDLINE_OPERATOR."),
        (["cap", "0", "--reason", "x"], "0 is not in the range 1<=x<=100"),
        (["free", "--reason", "x"], "Missing argument 'RESOURCE'"),
    ],
)
async def test_an_order_that_is_not_whole(arguments: list[str], why: str) -> None:
    """Who and why are asked for before anything else is done."""
    done = await holdline("gate", *arguments, environ={})
    assert (2, "") == (done.code, done.out)
    assert why in done.err


async def _end(*walkers: Any) -> None:
    for each in walkers:
        await each.terminate()
