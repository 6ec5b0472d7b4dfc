"""The first moment of the command: an interrupt that comes before there is anything to interrupt."""

import sys
from pathlib import Path

import pytest

from holdline.cli.exits import Exit
from tests.cli.console import holdline

_INTERRUPTING = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("module", ["click", "temporalio", "pydantic"])
async def test_an_interrupt_while_loading_is_no_traceback(tmp_path: Path, module: str) -> None:
    """Whoever presses Ctrl-C at once reads one word, as later."""
    (tmp_path / "sitecustomize.py").write_text(_INTERRUPTING.format(module=module))
    done = await holdline("config", "check", environ={"PYTHONPATH": ":".join((str(tmp_path), *sys.path))}, cwd=tmp_path)
    assert (Exit.INTERRUPTED, "", "Interrupted.\n") == (done.code, done.out, done.err)
