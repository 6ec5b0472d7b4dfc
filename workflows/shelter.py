"""Shelter: an incident that is one of many does not page; it makes sure that its parent does."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk

with workflow.unsafe.imports_passed_through():
    from activities.crowds import Bond, Crowds, Joined, Joining
    from holdline.domain import keys
    from holdline.domain.escalation import Ladder
    from holdline.domain.messages import MEMBER, Membership, Word, WordKind
    from holdline.domain.queues import INCIDENTS
    from holdline.domain.storm import Crowd, Look, Shelter, about, pages_alone
    from holdline.domain.timeline import Fact
    from workflows.patience import CHECK, JOIN


class Sheltering:
    """The child's side of a storm."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case
        self._rule = desk.runbook.storm

    def look(self) -> Look | None:
        """What the first page looks at; None for every other page, which rings without a look."""
        first = not self._case.looked and not self._pressed
        self._case.looked = True
        return self.glance() if first else None

    def glance(self) -> Look | None:
        """The look itself; None where the incident is never one of many, or it is settled that it is, or is no more."""
        alone = pages_alone(self._case.entity) or self._case.storm is not None
        settled = self._case.shelter is not None or self._case.apart
        if alone or settled or not self._rule.at_least or not self._desk.knows_storms:
            return None
        return Look(
            kind=self._case.kind,
            site=self._case.entity.site,
            parent=self._parent,
            opened_at=self._case.opened_at,
            within=self._rule.within,
            at_least=self._rule.at_least,
            wait=self._rule.wait(self._case.opened_at, workflow.now()),
        )

    def strictly(self, look: Look) -> Look:
        """The same look when every incident has shown its site, for which they are given as long as before."""
        self._desk.show_site()
        return look.model_copy(update={"strict": True, "wait": self._rule.gather})

    async def join(self, crowd: Crowd) -> bool:
        """Become a member of the parent; False where that failed: then the incident pages for itself."""
        if self._desk.ended or self._case.sheltered:
            return True
        self._case.dismissed = False
        joining = Joining(
            membership=self._membership(counted=crowd.count),
            parent=about(self._case.entity.site),
            kind=self._case.kind,
            runbook=self._desk.runbook,
        )
        try:
            joined: Joined = await self._desk.call(
                Crowds.join, joining, INCIDENTS, f"one of many: join {self._parent}", **JOIN.options()
            )
        except ActivityError:
            self._desk.note(Fact.SKIPPED, f"it is one of many, but {self._parent} could not be told: it is paged alone")
            return False
        if self._case.dismissed:
            return False
        if not self._case.sheltered:
            self._enter(joined)
        return True

    def _enter(self, joined: Joined) -> None:
        check_at = workflow.now() + self._desk.runbook.escalation.stale_after
        self._case.shelter = Shelter(
            parent=self._parent, epoch=joined.epoch, check_at=check_at, active=not self._pressed
        )
        self._desk.note(Fact.SKIPPED, f"not paged: it is one of many, for which {self._parent} pages")

    async def rest(self) -> None:
        """Wait until it must page for itself; look from time to time whether the parent is still there."""
        shelter = self._case.shelter
        assert shelter is not None
        self._case.next_at, self._case.next_step = shelter.check_at, f"{shelter.parent} pages for it, if it still runs"
        await self._desk.changed(lambda: self._case.sheltered, shelter.check_at, "does the parent still run?")
        if self._case.sheltered and not self._desk.over and workflow.now() >= shelter.check_at:
            await self._check(shelter)

    async def _check(self, shelter: Shelter) -> None:
        bond = Bond(parent=shelter.parent, epoch=shelter.epoch)
        try:
            stands: bool = await self._desk.call(
                Crowds.parent_pages, bond, INCIDENTS, f"does {shelter.parent} still page for it?", **CHECK.options()
            )
        except ActivityError:
            stands = False
        if not self._case.sheltered:
            return
        if stands:
            check_at = workflow.now() + self._desk.runbook.escalation.stale_after
            self._case.shelter = shelter.model_copy(update={"check_at": check_at})
        else:
            self._leave(f"{shelter.parent} does not page for it any more")

    def hear(self, word: Word) -> None:
        """Act on what the parent says; a word of somebody else's parent changes nothing."""
        if word.parent != self._parent or self._desk.ended:
            return
        match word.kind:
            case WordKind.DISMISS:
                self._case.dismissed = True
                if self._case.shelter is not None:
                    self._leave(word.reason)
            case WordKind.HOLD:
                # It may come before the answer to the joining.
                if self._case.held_by is None:
                    self._case.held_by = word.by
                    self._desk.note(Fact.OPERATOR, f"{word.by} holds the automation, for all of {word.parent}")

    def step_out(self) -> None:
        """An operator wants this incident to page for itself; the parent still counts it."""
        if self._case.shelter is not None and self._case.sheltered:
            self._case.shelter = self._case.shelter.model_copy(update={"active": False})
            self._case.apart = True
            self._desk.note(Fact.SEEN, "it pages for itself from now on: an operator asked for it")

    async def tell(self) -> None:
        """Tell the parent that it is over."""
        shelter = self._case.shelter
        if shelter is None or shelter.told:
            return
        # Told twice is once for the parent; a word that was interrupted is said again.
        self._case.shelter = shelter.model_copy(update={"active": False})
        await self._desk.tell(shelter.parent, MEMBER, self._membership(over=True))
        self._case.shelter = shelter.model_copy(update={"told": True, "active": False})

    def _leave(self, why: str) -> None:
        was_active, self._case.shelter, self._case.apart = self._case.sheltered, None, True
        if was_active:
            now = workflow.now()
            self._case.ladder = Ladder(opened_at=now, due=now)
            self._case.hear_from(now)
            self._desk.note(Fact.SEEN, f"it pages for itself from now on: {why}")

    def _membership(self, over: bool = False, counted: int = 0) -> Membership:
        effect = self._case.key.effect("over" if over else "join", self._parent)
        return Membership(
            event_id=keys.request_id(self._case.event_id, effect),
            workflow_id=self._case.workflow_id,
            label=self._case.entity.label,
            epoch=self._case.epoch,
            opening=self._case.opening,
            severity=self._case.severity,
            over=over,
            counted=counted,
            reason=self._case.reason,
        )

    @property
    def _parent(self) -> str:
        return keys.workflow_id(self._case.kind, about(self._case.entity.site).id)

    @property
    def _pressed(self) -> bool:
        return self._case.ladder is not None and self._case.ladder.pressed
