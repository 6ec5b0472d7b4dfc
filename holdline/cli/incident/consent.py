"""`holdline incident approve` and `deny`: what a person says to a plan that waits for approval (S3.11)."""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.incident.finding import find
from holdline.cli.incident.orders import closed, options, order, patiently
from holdline.cli.terminal import complain, line
from holdline.domain.approval import Proposal, Voice, proof
from holdline.domain.messages import Decision, Reply, Snapshot

TOKEN: Final = "HOLDLINE_OPERATOR_TOKEN"  # noqa: S105 - the name of a variable
_PLAN = click.option("--plan", default="", help="The plan you decide about, as `show` prints it; else you are asked.")


@click.command()
@options
@_PLAN
@click.pass_obj
def approve(config: Path | None, /, **given: Any) -> None:
    """Allow what INCIDENT asks for. You prove who you are by your token in $HOLDLINE_OPERATOR_TOKEN (or …_FILE)."""
    _decide(config, Voice.APPROVE, **given)


@click.command()
@options
@_PLAN
@click.pass_obj
def deny(config: Path | None, /, **given: Any) -> None:
    """Forbid what INCIDENT asks for: it is not done, and the incident is handed over to people."""
    _decide(config, Voice.DENY, **given)


def _decide(config: Path | None, voice: Voice, incident: str, by: str, reason: str, wait: timedelta, plan: str) -> None:
    story, reply = session.run(_carry(config, voice, incident, (by.strip(), reason, _token()), wait, plan))
    line(f"{story.workflow_id}: {reply.text}")


async def _carry(
    config: Path | None, voice: Voice, name: str, who: tuple[str, str, str], wait: timedelta, plan: str
) -> tuple[Snapshot, Reply]:
    client = await session.connected(session.settings(config))
    found = await find(client, name)
    if not found.running:
        raise closed(found)
    story = await patiently(client, found, wait)
    proposal = story.proposal
    if proposal is None:
        raise Stop(Exit.CONFLICT, f"Nothing was changed: {story.workflow_id} waits for nobody's approval.")
    _seen(proposal, voice, plan)
    by, reason, token = who
    about = (story.workflow_id, proposal.id, proposal.digest, by)
    decision = Decision(
        by=by, reason=reason, proposal=proposal.id, digest=proposal.digest, proof=proof(token, voice, *about)
    )
    return story, await order(client, story, voice.value, decision, wait)


def _seen(proposal: Proposal, voice: Voice, plan: str) -> None:
    """Make sure that the person knows what they decide about."""
    if plan:
        if plan != proposal.digest:
            raise Stop(Exit.CONFLICT, f"Nothing was changed: the plan is {proposal.digest} by now: {proposal.words}.")
        return
    complain(f"Plan {proposal.digest}: {proposal.words}.")
    if not sys.stdin.isatty():
        raise Stop(Exit.USAGE, f"Say which plan you {voice} with --plan {proposal.digest}.")
    if not click.confirm(f"{voice.value.capitalize()} it?", err=True):
        raise Stop(Exit.CONFLICT, "Nothing was changed.")


def _token() -> str:
    """The operator's token: from the environment, a file, or typed unseen."""
    if file := os.environ.get(f"{TOKEN}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Stop(Exit.CONFIG, f"{TOKEN}_FILE cannot be read; name a file with your token.") from None
    if token := os.environ.get(TOKEN):
        return token
    if sys.stdin.isatty():
        return str(click.prompt("Your operator token", hide_input=True, err=True))
    raise Stop(Exit.USAGE, f"Prove who you are: put your token into {TOKEN}, or its file into {TOKEN}_FILE.")
