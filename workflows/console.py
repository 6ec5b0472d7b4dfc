"""What the Temporal UI shows of a detector: its board in Markdown (O.1)."""

from datetime import datetime

from holdline.domain.duration import say
from holdline.domain.tally import Tally
from holdline.domain.watching import Board

_ROWS = 20


def console(board: Board) -> str:
    """Write the board; names from outside are printed as code, so that no Markdown of theirs is rendered."""
    head = f"### {board.plan.source} · {board.standing}"
    return "\n".join((head, "", *_facts(board), *_gaps(board), *_missing(board), *_entities(board)))


def _facts(board: Board) -> list[str]:
    seen = ", ".join(f"{number} {verdict}" for verdict, number in sorted(board.seen.items())) or "nothing yet"
    return [
        f"**Seen:** {seen}, last read {_clock(board.read_at)}, next look {_clock(board.next_at)}, "
        f"every {say(board.plan.interval)}",
        "",
    ]


def _gaps(board: Board) -> list[str]:
    if not board.gaps:
        return []
    rows = [f"- `{_code(gap.what)}`: `{_code(gap.reason)}`" for gap in board.gaps[:_ROWS]]
    return [f"**Not read, {board.blind} times in a row:**", "", *rows, ""]


def _missing(board: Board) -> list[str]:
    names = ", ".join(f"`{_code(each)}`" for each in board.missing[:_ROWS])
    return [f"**Configured, but nobody has it:** {names}", ""] if board.missing else []


def _entities(board: Board) -> list[str]:
    if not board.entities:
        return []
    head = ["| entity | verdict | in a row | announced | since | reason |", "|---|---|---|---|---|---|"]
    return [*head, *(_row(each) for each in board.entities[:_ROWS])]


def _row(tally: Tally) -> str:
    count = tally.failures or tally.healthy
    said = "yes" if tally.announced else "no"
    name, reason = _code(tally.entity.label), _code(tally.reason)
    return f"| `{name}` | {tally.verdict} | {count} | {said} | {_clock(tally.since)} | `{reason}` |"


def _clock(at: datetime | None) -> str:
    """The time of day; a format code would import a module in the sandbox for every row."""
    return "never" if at is None else f"{at.hour:02}:{at.minute:02}:{at.second:02} UTC"


def _code(text: str) -> str:
    return text.replace("`", "'").replace("|", "/")
