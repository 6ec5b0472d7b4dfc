"""The face of the command line: help, version, completion, and what it says to a wrong command."""

import asyncio
import sys
from asyncio.subprocess import PIPE

from holdline import __version__
from holdline.cli.exits import MEANINGS, Exit
from tests.cli.console import environment, holdline

HEAVY = """
import sys
from holdline.cli.main import run
code = run(sys.argv[1:])
heavy = {"temporalio", "pydantic", "rich", "httpx", "starlette", "uvicorn"} & set(sys.modules)
print(code, sorted(heavy))
"""


async def test_help_loads_nothing_heavy() -> None:
    """The help of the command and of its groups is quick because it loads none of the large libraries."""
    for arguments in (["--help"], ["incident", "--help"], ["event", "--help"], ["config", "--help"]):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", HEAVY, *arguments), stdout=PIPE, env=environment({})
        )
        out, _ = await process.communicate()
        assert "0 []" == out.decode().splitlines()[-1]


async def test_a_wrong_command_gets_a_suggestion() -> None:
    """A command that does not exist ends with 2 and the one that looks like it."""
    done = await holdline("incidnet", environ={})
    assert (2, "") == (done.code, done.out)
    assert "There is no command 'incidnet'. Did you mean incident or ticket? `holdline --help` says more.\n" == done.err


async def test_no_command_prints_the_help() -> None:
    """Without a command the help is printed, and the code is 2."""
    done = await holdline(environ={})
    assert 2 == done.code
    assert done.err.startswith("Usage: holdline [OPTIONS] COMMAND [ARGS]...\n")


async def test_a_wrong_option_names_the_help() -> None:
    """An option that does not exist ends with 2 and the command whose help says more."""
    done = await holdline("incident", "list", "--nope", environ={})
    assert (2, "") == (done.code, done.out)
    assert "`holdline incident list --help` says more." in done.err


async def test_the_version_is_printed() -> None:
    """`holdline --version` names the version."""
    assert f"holdline {__version__}\n" == (await holdline("--version", environ={})).out


async def test_a_shell_completes() -> None:
    """The script for bash is printed, and completes commands when bash asks."""
    script = await holdline("completion", "bash", environ={})
    assert "_HOLDLINE_COMPLETE=bash_complete" in script.out
    asked = {"_HOLDLINE_COMPLETE": "bash_complete", "COMP_WORDS": "holdline incident l", "COMP_CWORD": "2"}
    assert "plain,list\n" == (await holdline(environ=asked)).out


def test_every_exit_code_has_a_meaning() -> None:
    """The table explains each code once."""
    assert list(Exit) == list(MEANINGS)
