"""What the Temporal UI shows of an incident: a card in Markdown that says what is and what comes next (O.1)."""

from holdline.domain.case import Case
from holdline.domain.escalation import STALE
from holdline.domain.runbook import Runbook
from holdline.domain.storm import SHOWN, words
from holdline.domain.timeline import Entry
from workflows.markdown import clock, code

_ROWS = 12


def card(case: Case, runbook: Runbook) -> str:
    """Write the card; names from outside are printed as code, so that no Markdown of theirs is rendered."""
    head = f"### {case.severity} · {case.state} · `{code(case.entity.label)}`"
    return "\n".join((head, "", *_many(case), *_facts(case, runbook), "", *_commands(case), "", *_rows(case)))


def _many(case: Case) -> list[str]:
    """The parent of an incident that is one of many; of a parent how many, and the first of those that are open."""
    parent = [f"**One of many:** `{case.shelter.parent}`", ""] if case.shelter else []
    if case.storm is None:
        return parent
    names = ", ".join(f"`{code(each.label)}`" for each in case.storm.open[:SHOWN])
    more = f" and {len(case.storm.open) - SHOWN} more" if len(case.storm.open) > SHOWN else ""
    return [
        f"**{words(case.kind, case.storm, case.entity).replace(case.entity.label, f'`{code(case.entity.label)}`')}**",
        "",
        f"**Open:** {names or 'none'}{more}",
        "",
    ]


def _waits(case: Case) -> list[str]:
    return [f"**Waits at the gate for** `{code(case.at_gate)}`", ""] if case.at_gate else []


def _ticket(case: Case) -> list[str]:
    """An address would be a link to wherever a vendor says; its number is enough."""
    return [f"**Ticket:** `{code(case.ticket.name)}`", ""] if case.ticket else []


def _facts(case: Case, runbook: Runbook) -> list[str]:
    taken = f"`{code(case.acknowledgement.by)}`" if case.acknowledgement else "nobody"
    next_at = f" at {clock(case.next_at)} UTC" if case.next_at else ""
    return [
        *_waits(case),
        *_ticket(case),
        f"**Next:** `{code(case.next_step or 'nothing is due')}`{next_at}",
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
    return f"{number}, `{code(runbook.escalation.tier(case.ladder.tier).name)}`"


def _commands(case: Case) -> list[str]:
    asked = [f"**Asks:** `{code(case.waits_for.words)}`", ""] if case.waits_for else []
    verbs = ("approve", "deny", "show") if case.waits_for else ("ack", "show")
    return [*asked, " · ".join(f"`holdline incident {verb} {case.workflow_id}`" for verb in verbs)]


def _rows(case: Case) -> list[str]:
    return [_row(entry) for entry in case.timeline[-_ROWS:]]


def _row(entry: Entry) -> str:
    return f"- {clock(entry.at)} {entry.fact}: `{code(entry.text)}`"
