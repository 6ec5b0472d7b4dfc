"""The page of states: the diagram and the table of moves, drawn from the one literal table."""

from holdline.domain.lifecycle import OVER, TABLE, State


def page() -> str:
    """The diagram in Mermaid, then each state with its moves."""
    return "\n".join((_HEAD, *_diagram(), "", *_moves(), ""))


_HEAD = """\
# The life of an incident

Generated from `holdline/domain/lifecycle.py`; `make docs` writes this page. A move that is not here is refused.
"""


def _diagram() -> list[str]:
    start = next(iter(TABLE))
    arrows = [f"    {before} --> {after}: {move}" for before, moves in TABLE.items() for move, after in moves.items()]
    ends = [f"    {state} --> [*]" for state in TABLE if state in OVER]
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {start}", *arrows, *ends, "```"]


def _moves() -> list[str]:
    head = ["| state | what can happen |", "|---|---|"]
    return head + [f"| {state} | {_said(state)} |" for state in TABLE]


def _said(state: State) -> str:
    return ", ".join(f"{move} → {after}" for move, after in TABLE[state].items())
