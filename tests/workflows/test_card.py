"""O.1: what the console shows of an incident, as Markdown."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from holdline.domain.acknowledgement import Acknowledgement, Via
from holdline.domain.case import Case
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.escalation import STALE, EscalationPolicy, Ladder, Target, Tier
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.lifecycle import State
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Entry, Fact
from tests.domain.times import START, after
from workflows.card import card

RUNBOOK = Runbook(
    escalation=EscalationPolicy(
        tiers=(Tier(name="first line", page=(Target.model_validate("pagerduty:one"),)), Tier(name="second line")),
        stale=Tier(name="managers"),
    )
)


def case(name: str = "Carrier A", **fields: Any) -> Case:
    """An incident that has just been detected."""
    given: dict[str, Any] = {
        "workflow_id": "incident/trunk_failure/trunk-a",
        "kind": IncidentKind.TRUNK_FAILURE,
        "entity": Entity(kind=EntityKind.TRUNK, id="trunk-a", name=name),
        "epoch": 2,
        "severity": Severity.CRITICAL,
        "opened_at": START,
        "events": 17,
    }
    return Case(**(given | fields))


def test_before_anything_is_done() -> None:
    """Detected: nobody asked yet, and nothing is due."""
    assert card(case(), RUNBOOK) == (
        "### CRITICAL · DETECTED · `Carrier A`\n"
        "\n"
        "**Next:** `nothing is due`\n"
        "\n"
        "| acknowledged by | tier | attempts | epoch | events |\n"
        "|---|---|---|---|---|\n"
        "| nobody | nobody asked yet | 0 of 3 | 2 | 17 |\n"
        "\n"
        "`holdline incident ack incident/trunk_failure/trunk-a` · "
        "`holdline incident show incident/trunk_failure/trunk-a`\n"
    )


def test_in_the_middle() -> None:
    """Monitored: who has it, which tier, how many attempts, what comes next and when, and the latest rows."""
    shown = card(
        case(
            state=State.MONITORING,
            attempts=1,
            ladder=Ladder(opened_at=START, due=after(5), tier=1, round=1),
            acknowledgement=Acknowledgement(by="alice", via=Via.CLI, at=after(1)),
            next_at=after(31),
            next_step="alice has it; waiting for recovery",
            timeline=(Entry(at=after(1), fact=Fact.ACKNOWLEDGED, text="alice has it (cli)"),),
        ),
        RUNBOOK,
    )
    assert shown == (
        "### CRITICAL · MONITORING · `Carrier A`\n"
        "\n"
        "**Next:** `alice has it; waiting for recovery` at 01:31:00 UTC\n"
        "\n"
        "| acknowledged by | tier | attempts | epoch | events |\n"
        "|---|---|---|---|---|\n"
        "| `alice` | 1 of 2, `first line` | 1 of 3 | 2 | 17 |\n"
        "\n"
        "`holdline incident ack incident/trunk_failure/trunk-a` · "
        "`holdline incident show incident/trunk_failure/trunk-a`\n"
        "\n"
        "- 01:01:00 acknowledged: `alice has it (cli)`"
    )


def test_stale_tier_has_a_name() -> None:
    """The stale tier is called so."""
    shown = card(case(ladder=Ladder(opened_at=START, due=after(20), tier=STALE, round=1)), RUNBOOK)
    assert "| nobody | stale, `managers` |" in shown


def test_only_the_latest_rows() -> None:
    """The card stays a card: twelve rows."""
    rows = tuple(Entry(at=START + timedelta(minutes=n), fact=Fact.SEEN, text=f"row {n}") for n in range(30))
    shown = card(case(timeline=rows), RUNBOOK)
    assert 12 == shown.count("\n- ")
    assert shown.endswith("`row 29`")


HOSTILE = [
    "`",
    "``` code",
    "a`b` [x](http://evil.example)",
    "x | y | z",
    "<script>alert(1)</script>",
    "![x](http://evil.example/x.png)",
    "\n\n# Heading\n\n- row",
    "\\` \\|",
    "https://evil.example",
    "",
    " ",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names(text: str) -> None:
    """What comes from outside is shown as code and breaks out of nothing."""
    assert HARMLESS == _rendered(text)


@given(st.text(alphabet="`|\\\n<>[]()!#*_-~ ab&;:/", max_size=40))
def test_any_name(text: str) -> None:
    """No text renders as a link, an image, HTML, a heading or another cell."""
    assert HARMLESS == _rendered(text)


HARMLESS = {"heading_open": 1, "table_open": 1, "td_open": 5, "list_item_open": 1, "strong_open": 1}
"""What a card is made of; there is no link, image, HTML or emphasis in it."""

_STRANGE = ("link_open", "image", "html_inline", "html_block", "em_open")


def _rendered(text: str) -> dict[str, int]:
    """How often each thing is on a card in which everything that comes from outside is this text."""
    shown = card(
        case(
            text,
            acknowledgement=Acknowledgement(by=text, via=Via.CLI, at=START),
            ladder=Ladder(opened_at=START, due=after(5), tier=1, round=1),
            next_step=text,
            timeline=(Entry(at=START, fact=Fact.SEEN, text=text),),
        ),
        RUNBOOK,
    )
    tokens = MarkdownIt("commonmark").enable("table").parse(shown)
    kinds = [token.type for token in tokens] + [child.type for token in tokens for child in token.children or ()]
    return {kind: kinds.count(kind) for kind in (*HARMLESS, *_STRANGE) if kind in kinds}
