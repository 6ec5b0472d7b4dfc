"""Hear: what is seen and what people say is written down here; the main loops decide what follows."""

from datetime import datetime

from temporalio import workflow

from workflows.desk import Desk
from workflows.pages import Pages
from workflows.parent import Parent
from workflows.shelter import Sheltering
from workflows.ticketing import Ticketing

with workflow.unsafe.imports_passed_through():
    from holdline.domain.acknowledgement import Acknowledgement, Via
    from holdline.domain.case import INBOX_LIMIT
    from holdline.domain.escalation import Ladder
    from holdline.domain.incident import BOUNDED
    from holdline.domain.lifecycle import Move, State
    from holdline.domain.messages import Answer, AnswerKind, Membership, Observed, Reply, Request, Word
    from holdline.domain.observation import Observation, Verdict
    from holdline.domain.ticket_messages import Ticketed
    from holdline.domain.timeline import Fact


# The acknowledgements that a vendor's "unacknowledged" takes back; it knows nothing of the others.
_OF_VENDOR = {
    Via.PAGERDUTY: (Via.PAGERDUTY, Via.PAGERDUTY_CHECK),
    Via.JSM: (Via.JSM, Via.JSM_CHECK),
}


class Hearing:
    """The handlers of an incident; none of them waits."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    def observe(self, observed: Observed) -> None:
        """Put new observations into the inbox; repeats are counted and dropped."""
        ids = observed.ids or tuple(each.event_id for each in observed.observations)
        fresh = self._case.admit(ids)
        if not fresh:
            return
        self._case.events += fresh + max(0, observed.events - len(ids))
        seen = [_not_ahead(each, workflow.now()) for each in observed.observations]
        for observation in seen:
            if observation.verdict is Verdict.BREACH:
                self._note(observation)
        self._case.inbox = [*self._case.inbox, *seen][-INBOX_LIMIT:]

    def _note(self, observation: Observation) -> None:
        if observation.kind in BOUNDED and not observation.by_bounds:
            self._case.told_otherwise = True
        self._case.metrics = observation.metrics or self._case.metrics
        self._desk.worsen(observation.severity, observation.reason)
        if not self._case.event_id:
            self._case.event_id = observation.event_id
            self._case.reason = observation.reason
            self._case.entity = observation.entity
            self._desk.note(Fact.SEEN, f"{observation.reason or 'a failure'} ({observation.source})")

    def member(self, said: Membership) -> None:
        """Count an incident among those of a storm; only a parent is told of them."""
        if self._case.storm is not None:
            Parent(self._desk).hear(said)

    def ticketed(self, said: Ticketed) -> None:
        """Write down what became of the ticket."""
        Ticketing(self._desk).hear(said)

    def word(self, word: Word) -> None:
        """Act on what the parent of a storm says."""
        Sheltering(self._desk).hear(word)

    def answer(self, answer: Answer) -> None:
        """Act on what a person did at a vendor; an answer to another episode is only written down."""
        if not self._case.admit((answer.event_id,)):
            return
        if (late := self._late(answer)) is not None:
            self._desk.note(Fact.SKIPPED, f"{answer.by} {answer.kind} {late} ({answer.via})")
            return
        match answer.kind:
            case AnswerKind.ACKNOWLEDGED:
                self._take(answer)
            case AnswerKind.UNACKNOWLEDGED:
                self._let_go(answer)
            case AnswerKind.RESOLVED:
                self._desk.note(Fact.OPERATOR, f"{answer.by} resolved the page; the incident goes on until recovery")
                self._take(answer)
            case AnswerKind.COMMENTED:
                self._desk.note(Fact.OPERATOR, f"{answer.by} commented ({answer.via}): {answer.text}")
            case AnswerKind.UNDELIVERED:
                self._desk.note(Fact.PAGE_FAILED, f"the page to {answer.by} did not arrive: {answer.text}")
                Pages(self._desk).missed(answer.page)

    def _late(self, answer: Answer) -> str | None:
        """What else the answer is about, or None where it is about the page that waits for one."""
        other = answer.mark and self._case.mark and answer.mark != self._case.mark
        if other or answer.epoch not in (None, self._case.epoch):
            return "another episode"
        if self._desk.ended:
            return f"it when it was {self._case.state} already"
        if self._case.heard_from is not None and answer.at < self._case.heard_from:
            return "an older page"
        return None

    def _take(self, answer: Answer) -> None:
        taken = self._case.acknowledgement
        if taken is None or not taken.holds(workflow.now()):
            Pages(self._desk).acknowledged(answer.by, answer.via, workflow.now())

    def _let_go(self, answer: Answer) -> None:
        taken = self._case.acknowledgement
        if taken is not None and taken.via in _OF_VENDOR.get(answer.via, ()):
            # A lease that ends now: the escalation pages again.
            self._case.acknowledgement = taken.model_copy(update={"lease": workflow.now() - taken.at})
            self._desk.note(Fact.LAPSED, f"the acknowledgement of {taken.by} was taken back ({answer.via})")

    def acknowledge(self, request: Request) -> Reply:
        """Take the incident; the first one keeps it."""
        if self._desk.ended:
            return Reply(changed=False, text=f"the incident is {self._case.state} already")
        taken = self._case.acknowledgement
        if taken is not None and taken.holds(workflow.now()):
            return Reply(changed=False, text=f"already acknowledged by {taken.by} at {taken.at:%H:%M:%S} UTC")
        lease = self._desk.runbook.escalation.lease
        self._case.acknowledgement = Acknowledgement(by=request.by, via=request.via, at=workflow.now(), lease=lease)
        self._desk.note(Fact.ACKNOWLEDGED, f"{request.by} has it ({request.via}){_because(request)}")
        return Reply(changed=True, text=f"acknowledged by {request.by}; no further tier is paged")

    def hold(self, request: Request) -> Reply:
        """Stop automation for the rest of this incident."""
        if self._case.held_by is not None:
            return Reply(changed=False, text=f"already held by {self._case.held_by}")
        self._case.held_by = request.by
        self._desk.note(Fact.OPERATOR, f"{request.by} holds the automation{_because(request)}")
        if self._case.storm is not None:
            return Reply(changed=True, text=f"held by {request.by}: its members are told to change nothing more")
        left = "; what was changed stays changed" if self._case.outstanding else ""
        return Reply(changed=True, text=f"held by {request.by}: automation changes nothing more{left}")

    def resolve(self, request: Request) -> Reply:
        """End the incident by a person's word; what was changed is put back unless held."""
        if self._desk.ended:
            return Reply(changed=False, text=f"the incident is {self._case.state} already")
        self._desk.move(Move.RESOLVE, f"{request.by} says it is over{_because(request)}")
        return Reply(changed=True, text=f"resolved by {request.by}")

    def escalate(self, request: Request) -> Reply:
        """Ask the next tier now, whoever has the incident."""
        now = workflow.now()
        ladder = self._case.ladder or Ladder(opened_at=now, due=now)
        self._case.acknowledgement = None
        self._case.hear_from(now)
        self._case.ladder = ladder.press(now)
        Sheltering(self._desk).step_out()
        self._desk.note(Fact.OPERATOR, f"{request.by} escalates{_because(request)}")
        if self._case.state is State.DETECTED:
            return Reply(changed=True, text="the first tier is paged as soon as the failure is confirmed")
        return Reply(changed=True, text="the next tier is paged now")


def _not_ahead(observation: Observation, now: datetime) -> Observation:
    """A clock that runs ahead must not make everything that comes after it late."""
    return observation if observation.at <= now else observation.model_copy(update={"at": now})


def _because(request: Request) -> str:
    return f": {request.reason}" if request.reason else ""
