"""Where a timeline is shown: live on a terminal, line by line everywhere else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

from holdline.cli.incident import look
from holdline.cli.terminal import console, data, joined, put
from holdline.domain.messages import Snapshot
from holdline.domain.timeline import Entry

_BAR: Final = 24


class Screen(Protocol):
    """A place to show an incident on."""

    def rows(self, entries: Sequence[Entry]) -> None:
        """Show new rows of the timeline."""

    def note(self, text: str) -> None:
        """Say something that is not the incident's own."""

    def stand(self, story: Snapshot | None, trouble: str) -> None:
        """Show where the incident stands now."""


@contextmanager
def screen(utc: bool, footer: Sequence[str]) -> Iterator[Screen]:
    """A live screen where there is a terminal, plain lines where there is none."""
    out = console()
    if not out.is_terminal:
        yield PlainScreen(out, utc)
        return
    with Live(console=out, auto_refresh=False, vertical_overflow="crop") as live:
        yield LiveScreen(live, utc, footer)


class PlainScreen:
    """Lines in the order in which things happen; the standing is told when it changes."""

    def __init__(self, out: Console, utc: bool) -> None:
        self._out = out
        self._utc = utc
        self._next = ""
        self._trouble = ""

    def rows(self, entries: Sequence[Entry]) -> None:
        """One line for each row."""
        if entries:
            put(self._out, look.timeline(entries, self._out.width, self._utc))

    def note(self, text: str) -> None:
        """A line of its own."""
        put(self._out, data(f"-- {text}"))

    def stand(self, story: Snapshot | None, trouble: str) -> None:
        """A line when something is in the way, and when something else comes next."""
        if trouble != self._trouble:
            self.note(trouble or "it answers again")
            self._trouble = trouble
        if story is not None and story.next_step not in ("", self._next):
            self._next = story.next_step
            due = f" at {look.clock(story.next_at, self._utc)}" if story.next_at else ""
            self.note(f"next{due}: {story.next_step}")


class LiveScreen:
    """The timeline scrolls up, a card with the countdown stays at the bottom."""

    def __init__(self, live: Live, utc: bool, footer: Sequence[str]) -> None:
        self._live = live
        self._utc = utc
        self._footer = footer
        self._due: datetime | None = None
        self._since = datetime.now(UTC)

    def rows(self, entries: Sequence[Entry]) -> None:
        """Print the rows above the card, where they stay."""
        for entry in entries:
            self._live.console.print(look.timeline([entry], self._live.console.width, self._utc))

    def note(self, text: str) -> None:
        """Print a line above the card; the terminal folds it, so that an address in it stays whole."""
        self._live.console.print(data(f"— {text}", "italic cyan"), soft_wrap=True)

    def stand(self, story: Snapshot | None, trouble: str) -> None:
        """Paint the card anew."""
        now = datetime.now(UTC)
        lines: list[Text | Rule] = [Rule(style="dim", characters="─" if look.unicode_works() else "-")]
        if story is not None:
            lines += [_head(story), _standing(story), self._next(story, now)]
        lines.append(data(trouble, "bold red") if trouble else _breath(now))
        lines += [data(each, "dim") for each in self._footer]
        for each in lines:
            if isinstance(each, Text):
                each.no_wrap, each.overflow = True, "ellipsis"
        self._live.update(Group(*lines), refresh=True)

    def _next(self, story: Snapshot, now: datetime) -> Text:
        if story.next_at != self._due:
            self._due, self._since = story.next_at, now
        if story.next_at is None or story.next_at <= now:
            return Text("next  ", style="dim").append_text(data(story.next_step or "…", "not dim"))
        text = Text("next  ", style="dim")
        text.append(f"{look.brief(story.next_at - now):>5} ", style="bold not dim")
        text.append_text(bar(self._since, now, story.next_at))
        return text.append_text(data(f" {story.next_step}", "not dim"))


def bar(since: datetime, now: datetime, due: datetime) -> Text:
    """How much of a wait is over."""
    whole = max((due - since).total_seconds(), 0.001)
    gone = min(max(round(_BAR * (now - since).total_seconds() / whole), 0), _BAR)
    full, empty = ("━", "─") if look.unicode_works() else ("=", ".")
    return Text(full * gone, style="cyan not dim") + Text(empty * (_BAR - gone), style="dim")


def _head(story: Snapshot) -> Text:
    head = Text(" ").join((look.severity(story.severity), look.state(story.state), data(story.entity.label, "bold")))
    return head.append(f"  code {story.ack_code}", style="dim")


def _standing(story: Snapshot) -> Text:
    who = f"{story.acknowledged_by} has it" if story.acknowledged_by else "nobody has it"
    attempts = f"{story.retry_count} of {story.max_retries} attempts"
    events = f"{story.events} event{'s' if story.events != 1 else ''}"
    held = f"held by {story.held_by}" if story.held_by else ""
    return data(joined((who, look.tier(story.escalation_tier), attempts, events, held)))


def _breath(now: datetime) -> Text:
    frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" if look.unicode_works() else "|/-\\"
    return Text(frames[int(now.timestamp() * 8) % len(frames)], style="dim cyan")
