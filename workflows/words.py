"""What people read on a lock screen: severity, entity, since when, what automation does, how to answer."""

from holdline.domain.case import Case
from holdline.domain.change import Outcome
from holdline.domain.lifecycle import OVER, State
from holdline.domain.storm import words

_DOING = {
    State.DETECTED: "being confirmed",
    State.STABILIZED: "confirmed",
    State.REMEDIATING: "automation is repairing",
    State.MONITORING: "watching for recovery",
    State.HANDED_OVER: "automation has stopped: yours",
    State.RESOLVED: "resolved",
    State.TRANSIENT: "cleared by itself",
}


def summary(case: Case, alarm: str = "") -> str:
    """One line of at most 200 characters; what is wrong beside the failure itself comes first."""
    told = f"{case.severity} {_what(case)} since {case.opened_at:%H:%M} UTC, {doing(case)}"
    return (f"{alarm.upper()}. {told}" if alarm else told)[:200]


def _what(case: Case) -> str:
    if case.storm is not None:
        return words(case.kind, case.storm, case.entity)
    site = f" of {case.entity.site}" if case.entity.site else ""
    return f"{case.kind.value.replace('_', ' ')}: {case.entity.label}{site}"


def doing(case: Case) -> str:
    """What automation is doing about it."""
    if case.storm is not None and case.state is State.MONITORING:
        return "automation repairs them one by one"
    changed = [record for record in case.changes if record.outcome is Outcome.APPLIED]
    return f"{changed[-1].change.label}" if changed else _DOING[case.state]


def details(case: Case, tier: str, why: str) -> dict[str, str]:
    """The table of a page: what a person wants to know before opening the incident."""
    return {
        "incident": case.workflow_id,
        "epoch": str(case.epoch),
        "tier": tier,
        "state": case.state,
        "reason": case.reason,
        "paged because": why,
        "acknowledge": f"holdline incident ack {case.workflow_id}",
    }


def standing(case: Case) -> dict[str, str]:
    """The table of a message that is kept true: how it stands now."""
    facts = {
        "incident": case.workflow_id,
        "state": case.state.value,
        "reason": case.reason,
        "acknowledged by": case.acknowledgement.by if case.acknowledgement else "nobody",
        "automation": doing(case),
        "asks": case.waits_for.words if case.waits_for else "",
        "ticket": case.ticket.name if case.ticket else "",
        "last": case.timeline[-1].text if case.timeline else "",
    }
    return {name: value for name, value in facts.items() if value}


def offers(case: Case) -> tuple[str, ...]:
    """What a person may press under a message."""
    if case.state in OVER:
        return ()
    return ("acknowledge", "escalate", "hold", *(("approve", "deny") if case.waits_for else ()))


def asked(case: Case) -> dict[str, str]:
    """Which plan a decision is about, as a notice names it."""
    asks = case.waits_for
    return {"proposal": asks.id, "digest": asks.digest} if asks else {}


def text_message(case: Case, tag: str, alarm: str = "") -> str:
    """A text of at most 320 characters with the code to answer and the tag it is found by."""
    head = summary(case, alarm)
    return f"{head}. Reply ACK {case.key.ack_code()} to take it. ref {tag}"
