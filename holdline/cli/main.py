"""The command `holdline`: finds the command, runs it, turns whatever ends it into a sentence and an exit code."""

import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from holdline import __version__
from holdline.cli.exits import Exit, Stop
from holdline.cli.lazy import LazyGroup, Place

PLACES: Final = MappingProxyType(
    {
        "demo": Place(
            "holdline.cli.demo.command:demo", "A trunk fails: watch one incident from webhook to resolution."
        ),
        "up": Place("holdline.cli.up:up", "Run everything on this machine: Temporal, gateway and worker."),
        "incident": Place("holdline.cli.groups:incident", "List, show, watch and answer incidents."),
        "gate": Place("holdline.cli.groups:gate", "Who changes something now, who waits, and how many may."),
        "detector": Place("holdline.cli.groups:detector", "What Holdline looks at by itself."),
        "ticket": Place("holdline.cli.groups:ticket", "What tickets say."),
        "event": Place("holdline.cli.groups:event", "Send a signed event to the gateway."),
        "deadletter": Place("holdline.cli.groups:deadletter", "What could not be understood or delivered."),
        "config": Place("holdline.cli.groups:config", "Check and show the configuration."),
        "worker": Place("holdline.cli.worker:worker", "Run a worker."),
        "gateway": Place("holdline.cli.gateway:gateway", "Run the gateway: webhooks in, events to Temporal."),
        "temporal": Place("holdline.cli.temporal:temporal", "Run the embedded Temporal server."),
        "sandbox": Place("holdline.cli.sandbox:sandbox", "Run the simulated vendors: Genesys, PagerDuty and Twilio."),
        "completion": Place("holdline.cli.completion:completion", "Print the completion script of your shell."),
    }
)


@click.group(cls=LazyGroup, places=PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HOLDLINE_CONFIG",
    help="The configuration file; the default is holdline.toml here, if there is one.",
)
@click.version_option(__version__, message="holdline %(version)s")
@click.pass_context
def holdline(ctx: click.Context, config_path: Path | None) -> None:
    """Durable incident runbooks for contact centres."""
    ctx.obj = config_path


def entry() -> NoReturn:
    """Run the command line and end the process with its exit code.

    The process ends without the interpreter's own clean-up: a short-lived Temporal client may otherwise die in it
    after the work was done, and turn a success into an exit code of 134 or 139.
    """
    code = run(sys.argv[1:])
    _flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    out = sys.stdout
    try:
        result = holdline.main(args=arguments, prog_name="holdline", standalone_mode=False)
        return int(result or Exit.DONE)
    except Stop as stop:
        return _say(stop.sentence, stop.code)
    except NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    except click.UsageError as error:
        return _say(_usage(error), Exit.USAGE)
    except click.ClickException as error:
        return _say(error.format_message(), Exit.UNEXPECTED)
    except (click.Abort, KeyboardInterrupt):
        return _say("Interrupted.", Exit.INTERRUPTED)
    except SystemExit as ended:
        # click replaces a stream whose reader has gone away, which is no failure of the command.
        gone = sys.stdout is not out
        return ended.code if isinstance(ended.code, int) and not gone else Exit.DONE
    except Exception as error:  # noqa: BLE001 # allowed: broad-except: the process edge; an operator gets a sentence, no traceback
        return _unexpected(error)


def _usage(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "holdline"
    return f"{error.format_message()} `{path} --help` says more."


def _unexpected(error: Exception) -> int:
    if os.environ.get("HOLDLINE_TRACEBACK"):
        traceback.print_exc()
    sentence = f"Something unexpected went wrong ({type(error).__name__}). Set HOLDLINE_TRACEBACK=1 to see where."
    return _say(sentence, Exit.UNEXPECTED)


def _say(sentence: str, code: Exit) -> int:
    click.echo(_plain(sentence), err=True)
    return code


def _plain(sentence: str) -> str:
    """The sentence without control characters; what terminal.py does, without loading rich for it."""
    return "".join(each if each.isprintable() or each == "\n" else " " for each in sentence)


def _flush() -> None:
    """Write out what is buffered; a reader that has gone away is no failure of the command."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError, ValueError):
            stream.flush()
