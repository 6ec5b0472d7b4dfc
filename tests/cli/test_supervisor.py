"""The supervisor: children are kept running, ended in order, and never left behind."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from datetime import timedelta
from pathlib import Path

import pytest

from holdline.cli.supervisor import ChildFailed
from tests.cli.console import environment, eventually
from tests.cli.yard import Yard, alive

PARENT = """
import asyncio, pathlib, sys
from tests.cli.yard import Yard
async def main():
    yard = Yard(pathlib.Path(sys.argv[1]))
    await yard.supervisor.start(yard.child("one"), yard.child("two"))
    print("started", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_child_that_dies_starts_again(tmp_path: Path) -> None:
    """A child that is killed is started again after a pause, and both are told."""
    yard = Yard(tmp_path)
    try:
        await yard.supervisor.start(yard.child("one", pause=timedelta(milliseconds=10)))
        first = yard.supervisor.kill("one")

        async def again() -> bool:
            return len(yard.told) == 3

        await eventually(again)
        second = yard.supervisor.pid("one")
    finally:
        await yard.supervisor.stop()
    assert [
        f"one runs, pid {first}",
        "one was ended by SIGKILL; it starts again in 0.01 s",
        f"one runs again, pid {second}",
    ] == yard.told


async def test_the_last_one_ends_first(tmp_path: Path) -> None:
    """Children are asked to end in reverse order, each after the one before is gone."""
    yard = Yard(tmp_path)
    await yard.supervisor.start(yard.child("one"), yard.child("two"), yard.child("three"))
    await yard.supervisor.stop()
    assert ["three", "two", "one"] == yard.ended


async def test_a_stubborn_child_is_killed(tmp_path: Path) -> None:
    """A child that does not end within its grace is killed, and that is told."""
    yard = Yard(tmp_path)
    await yard.supervisor.start(yard.child("one", "stubborn", grace=timedelta(milliseconds=50)))
    (pid,) = yard.pids("one")
    await yard.supervisor.stop()
    assert "one did not end in time and is killed" == yard.told[-1]
    assert not alive(pid)


async def test_a_child_that_cannot_start_says_why(tmp_path: Path) -> None:
    """A child that ends while it starts is an error with its exit code, its log and its last words."""
    yard = Yard(tmp_path)
    try:
        with pytest.raises(ChildFailed, match=r"one ended with exit code 3 while it started\. .* no such thing"):
            await yard.supervisor.start(yard.child("one", "failing"))
    finally:
        await yard.supervisor.stop()


async def test_a_child_that_is_never_ready_is_an_error(tmp_path: Path) -> None:
    """The wait for readiness is bounded, and the child does not outlive it."""
    yard = Yard(tmp_path)

    async def never() -> bool:
        return False

    program = yard.child("one", patience=timedelta(milliseconds=50))
    try:
        with pytest.raises(ChildFailed, match="one is not ready in time"):
            await yard.supervisor.start(type(program)(program.name, program.command, never, patience=program.patience))
        pid = yard.supervisor.pid("one")
    finally:
        await yard.supervisor.stop()
    assert pid is not None
    assert not alive(pid)


async def test_hurry_leaves_nobody(tmp_path: Path) -> None:
    """Abandoned children are killed at once and not started again."""
    yard = Yard(tmp_path)
    await yard.supervisor.start(yard.child("one", "stubborn"), yard.child("two", "stubborn"))
    yard.supervisor.abandon()
    await yard.supervisor.stop()
    assert ([], 2) == (yard.ended, len(yard.told))
    assert not any(alive(pid) for name in ("one", "two") for pid in yard.pids(name))


async def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """When the supervising process is killed with SIGKILL, its children notice and end."""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(tmp_path)), stdout=PIPE, env=environment({}), start_new_session=True
    )
    assert parent.stdout is not None
    assert b"started\n" == await parent.stdout.readline()
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    yard = Yard(tmp_path)

    async def ended() -> bool:
        return {"one", "two"} == set(yard.ended)

    await eventually(ended)


async def test_logs_are_kept_apart(tmp_path: Path) -> None:
    """Each child has its log; the one of the run before is set aside."""
    for _ in range(2):
        yard = Yard(tmp_path)
        await yard.supervisor.start(yard.child("one"))
        await yard.supervisor.stop()
    assert {"one.log", "one.log.1"} == {each.name for each in (tmp_path / "logs").iterdir()}
