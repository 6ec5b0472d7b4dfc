"""How an incident looks on a terminal; colour is never the only sign."""

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from rich.table import Table
from rich.text import Text

from holdline.cli.terminal import data
from holdline.domain.duration import say
from holdline.domain.escalation import STALE
from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from holdline.domain.timeline import Entry, Fact

SEVERITIES: Final = MappingProxyType(
    {
        Severity.CRITICAL: "bold white on red",
        Severity.HIGH: "bold black on yellow",
        Severity.MEDIUM: "bold yellow",
        Severity.LOW: "bold",
    }
)

STATES: Final = MappingProxyType(
    {
        State.DETECTED: "yellow",
        State.STABILIZED: "bold yellow",
        State.REMEDIATING: "bold cyan",
        State.MONITORING: "bold blue",
        State.HANDED_OVER: "bold magenta",
        State.RESOLVED: "bold green",
        State.TRANSIENT: "green",
    }
)


class Sign(NamedTuple):
    """The sign of a fact, the sign where the terminal knows ASCII only, and the style."""

    sign: str
    ascii: str
    style: str


FACTS: Final = MappingProxyType(
    {
        Fact.SEEN: Sign("●", "*", "yellow"),
        Fact.STATE: Sign("◆", "#", "bold"),
        Fact.PAGED: Sign("▲", "^", "bold magenta"),
        Fact.PAGE_FAILED: Sign("△", "!", "bold red"),
        Fact.SKIPPED: Sign("○", "-", "dim"),
        Fact.ACKNOWLEDGED: Sign("✔", "+", "bold green"),
        Fact.LAPSED: Sign("◔", "~", "bold yellow"),
        Fact.CHANGED: Sign("▶", ">", "bold cyan"),
        Fact.REVERTED: Sign("◀", "<", "cyan"),
        Fact.RETRIED: Sign("↻", "~", "yellow"),
        Fact.THROTTLED: Sign("◷", "~", "yellow"),
        Fact.UNKNOWN: Sign("?", "?", "bold red"),
        Fact.ASKED: Sign("¿", "?", "bold yellow"),
        Fact.OPERATOR: Sign("✎", "@", "bold"),
        Fact.TICKET: Sign("▤", "=", "cyan"),
        Fact.TERMINAL: Sign("■", "!", "bold white on red"),
    }
)

_WORD: Final = max(len(fact) for fact in Fact)
_ROOMY: Final = 64


def timeline(entries: Iterable[Entry], width: int, utc: bool = False) -> Table:
    """Rows of a timeline: when, the sign, the kind of fact where there is room for it, the sentence."""
    wide = width >= _ROOMY
    grid = Table.grid(padding=(0, 1))
    for fixed in (8, 1, _WORD) if wide else (8, 1):
        grid.add_column(width=fixed, no_wrap=True)
    grid.add_column(overflow="fold")
    for entry in entries:
        sign = FACTS[entry.fact]
        mark = sign.sign if unicode_works() else sign.ascii
        word = [Text(entry.fact.value, style=sign.style)] if wide else []
        grid.add_row(Text(clock(entry.at, utc), style="dim"), Text(mark, style=sign.style), *word, sentence(entry))
    return grid


def sentence(entry: Entry) -> Text:
    """What a row says; the name of a state has that state's colour."""
    text = data(entry.text)
    state, separator, _ = entry.text.partition(":")
    if entry.fact is Fact.STATE and separator and state in set(State):
        text.stylize(STATES[State(state)], 0, len(state))
    return text


def clock(at: datetime, utc: bool) -> str:
    """The time of day, here or in UTC."""
    return f"{at:%H:%M:%S}" if utc else f"{at.astimezone():%H:%M:%S}"


def moment(at: datetime, utc: bool) -> str:
    """A date and time, here or in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if utc else f"{at.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def severity(value: str) -> Text:
    """A severity in its colour."""
    return data(value, SEVERITIES[Severity(value)] if value in set(Severity) else "")


def state(value: str) -> Text:
    """A state in its colour."""
    return data(value, STATES[State(value)] if value in set(State) else "")


def tier(position: int) -> str:
    """The tier that was asked last."""
    if position == 0:
        return "nobody asked yet"
    return "stale tier" if position == STALE else f"tier {position}"


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in at most two units."""
    return brief(now - then)


def brief(duration: timedelta) -> str:
    """A duration in at most two units: `3m12s`, `2h05m`, `4d3h`."""
    seconds = max(0, int(duration.total_seconds()))
    if seconds >= 86400:
        return say(timedelta(hours=seconds // 3600))
    return say(timedelta(minutes=seconds // 60)) if seconds >= 3600 else say(timedelta(seconds=seconds))


def unicode_works() -> bool:
    """Whether the terminal behind this process can write our signs."""
    encoding = sys.__stdout__.encoding if sys.__stdout__ is not None else "ascii"
    return "utf" in encoding.lower()
