"""Every place where dead letters are kept, and whose a letter is."""

from pathlib import Path

from holdline.cli import session
from holdline.cli.deadletter.events import Events
from holdline.cli.deadletter.letters import Letter, Letters
from holdline.cli.deadletter.tickets import Tickets
from holdline.cli.exits import Exit, Stop


def places(config: Path | None, gateway: str | None = None) -> tuple[Letters, ...]:
    """The places of a configuration."""
    settings = session.settings(config)
    return Events(settings, gateway), Tickets(settings)


def of(found: tuple[Letters, ...], id: str) -> Letters:
    """The place that keeps a letter. Stops where the id is none."""
    for place in found:
        if id.startswith(place.prefix):
            return place
    known = " or ".join(f"{place.prefix}…" for place in found)
    raise Stop(Exit.USAGE, f"{id!r} is no dead letter; their ids begin with {known}.")


async def every(found: tuple[Letters, ...]) -> tuple[list[Letter], list[Stop]]:
    """The letters of all places, the newest first, and why a place could not be asked: that hides no other's."""
    letters: list[Letter] = []
    stops: list[Stop] = []
    for place in found:
        try:
            letters += await place.all()
        except Stop as stop:
            stops.append(stop)
    return sorted(letters, key=lambda each: each.at, reverse=True), stops
