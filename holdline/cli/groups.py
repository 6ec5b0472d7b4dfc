"""The groups of commands and the line that `--help` says about each command; nothing heavy is loaded for it."""

from types import MappingProxyType
from typing import Final

import click

from holdline.cli.lazy import LazyGroup, Place

INCIDENT: Final = MappingProxyType(
    {
        "list": Place("holdline.cli.incident.listing:list_", "The incidents, open ones first."),
        "show": Place("holdline.cli.incident.showing:show", "One incident: what happened, why, and what comes next."),
        "watch": Place("holdline.cli.incident.watching:watch", "Follow one incident as it happens."),
        "ack": Place("holdline.cli.incident.orders:ack", "Take an incident: no further tier is paged."),
        "approve": Place("holdline.cli.incident.consent:approve", "Allow what an incident asks for."),
        "deny": Place("holdline.cli.incident.consent:deny", "Forbid what an incident asks for."),
        "hold": Place("holdline.cli.incident.orders:hold", "Stop the automation of an incident."),
        "resolve": Place("holdline.cli.incident.orders:resolve", "Say that an incident is over."),
        "escalate": Place("holdline.cli.incident.orders:escalate", "Page the next tier now."),
    }
)

GATE: Final = MappingProxyType(
    {
        "show": Place("holdline.cli.gate.showing:show", "Who changes something now, who waits, and what for."),
        "cap": Place("holdline.cli.gate.orders:cap", "Say how many changes may be made at once."),
        "free": Place("holdline.cli.gate.orders:free", "Take a lock from whoever holds it."),
    }
)

DETECTOR: Final = MappingProxyType(
    {"list": Place("holdline.cli.detector.listing:list_", "What each source sees, and what is failing.")}
)

EVENT: Final = MappingProxyType({"send": Place("holdline.cli.event:send", "Send an event about a trunk, signed.")})

TICKET: Final = MappingProxyType(
    {"preview": Place("holdline.cli.ticket.preview:preview", "What the ticket of an incident would say.")}
)

DEADLETTER: Final = MappingProxyType(
    {
        "list": Place("holdline.cli.deadletter.commands:list_", "What could not be understood or delivered."),
        "show": Place("holdline.cli.deadletter.commands:show_", "One of them, with its body."),
        "replay": Place("holdline.cli.deadletter.commands:replay", "Try one again."),
        "drop": Place("holdline.cli.deadletter.commands:drop", "Give one up for good."),
    }
)

CONFIG: Final = MappingProxyType(
    {
        "check": Place("holdline.cli.config:check", "Find every mistake; reads each secret once, calls nobody."),
        "show": Place("holdline.cli.config:show", "Show every setting in force; secrets stay references."),
    }
)


@click.group(cls=LazyGroup, places=INCIDENT)
def incident() -> None:
    """List, show, watch and answer incidents.

    An incident is named by its workflow id, by any part of it that fits only one, or by the code in its page.
    """


@click.group(cls=LazyGroup, places=GATE)
def gate() -> None:
    """Who changes something now, who waits, and how many may."""


@click.group(cls=LazyGroup, places=DETECTOR)
def detector() -> None:
    """What Holdline looks at by itself."""


@click.group(cls=LazyGroup, places=EVENT)
def event() -> None:
    """Send a signed event to the gateway."""


@click.group(cls=LazyGroup, places=TICKET)
def ticket() -> None:
    """Look at what tickets say."""


@click.group(cls=LazyGroup, places=DEADLETTER)
def deadletter() -> None:
    """What could not be understood or delivered: look at it, try it again, or give it up."""


@click.group(cls=LazyGroup, places=CONFIG)
def config() -> None:
    """Check and show the configuration: holdline.toml and the environment HOLDLINE_* over it."""
