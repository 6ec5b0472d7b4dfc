"""What people read on a lock screen: severity, entity, since when, what automation does, how to answer."""

from holdline.domain.case import Case
from holdline.domain.lifecycle import State
from holdline.domain.route import Outcome

_DOING = {
    State.DETECTED: "being confirmed",
    State.STABILIZED: "confirmed",
    State.REMEDIATING: "automation is repairing",
    State.MONITORING: "watching for recovery",
    State.HANDED_OVER: "automation has stopped: yours",
    State.RESOLVED: "resolved",
    State.TRANSIENT: "cleared by itself",
}


def summary(case: Case) -> str:
    """One line of at most 200 characters."""
    site = f" of {case.entity.site}" if case.entity.site else ""
    what = case.kind.value.replace("_", " ")
    return f"{case.severity} {what}: {case.entity.label}{site} since {case.opened_at:%H:%M} UTC, {doing(case)}"[:200]


def doing(case: Case) -> str:
    """What automation is doing about it."""
    changed = [record for record in case.changes if record.outcome is Outcome.APPLIED]
    return f"{changed[-1].change.label}" if changed else _DOING[case.state]


def details(case: Case, tier: str) -> dict[str, str]:
    """The table of a page: what a person wants to know before opening the incident."""
    return {
        "incident": case.workflow_id,
        "epoch": str(case.epoch),
        "tier": tier,
        "state": case.state,
        "reason": case.reason,
        "acknowledge": f"holdline incident ack {case.workflow_id}",
    }


def text_message(case: Case, tag: str) -> str:
    """A text of at most 320 characters with the code to answer and the tag it is found by."""
    head = summary(case)[:220]
    return f"{head}. Reply ACK {case.key.ack_code()} to take it. ref {tag}"
