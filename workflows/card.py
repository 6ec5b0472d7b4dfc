"""What the Temporal UI shows of an incident: a card in Markdown that says what is and what comes next (O.1)."""

from datetime import datetime

from holdline.domain.case import Case
from holdline.domain.escalation import STALE
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Entry

_ROWS = 12


def card(case: Case, runbook: Runbook) -> str:
    """Write the card; names from outside are printed as code, so that no Markdown of theirs is rendered."""
    head = f"### {case.severity} · {case.state} · `{_code(case.entity.label)}`"
    return "\n".join((head, "", *_facts(case, runbook), "", *_commands(case), "", *_rows(case)))


def _facts(case: Case, runbook: Runbook) -> list[str]:
    taken = f"`{_code(case.acknowledgement.by)}`" if case.acknowledgement else "nobody"
    next_at = f" at {_clock(case.next_at)} UTC" if case.next_at else ""
    return [
        f"**Next:** `{_code(case.next_step or 'nothing is due')}`{next_at}",
        "",
        "| acknowledged by | tier | attempts | epoch | events |",
        "|---|---|---|---|---|",
        f"| {taken} | {_tier(case, runbook)} | {case.attempts} of {runbook.remediation.attempts} "
        f"| {case.epoch} | {case.events} |",
    ]


def _tier(case: Case, runbook: Runbook) -> str:
    if case.ladder is None or case.ladder.tier == 0:
        return "nobody asked yet"
    number = "stale" if case.ladder.tier == STALE else f"{case.ladder.tier} of {len(runbook.escalation.tiers)}"
    return f"{number}, `{_code(runbook.escalation.tier(case.ladder.tier).name)}`"


def _commands(case: Case) -> list[str]:
    asked = [f"**Asks:** `{_code(case.waits_for.words)}`", ""] if case.waits_for else []
    verbs = ("approve", "deny", "show") if case.waits_for else ("ack", "show")
    return [*asked, " · ".join(f"`holdline incident {verb} {case.workflow_id}`" for verb in verbs)]


def _rows(case: Case) -> list[str]:
    return [_row(entry) for entry in case.timeline[-_ROWS:]]


def _row(entry: Entry) -> str:
    return f"- {_clock(entry.at)} {entry.fact}: `{_code(entry.text)}`"


def _clock(at: datetime) -> str:
    """Hours, minutes, seconds; a format code would import `time` through the sandbox for every row."""
    return at.time().isoformat("seconds")


def _code(text: str) -> str:
    """Text that ends neither the code span nor, by a bar or a line break, the row it stands in."""
    return " ".join(text.replace("`", "'").replace("|", "¦").split()) or "-"
