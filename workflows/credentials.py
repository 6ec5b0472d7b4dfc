"""A credential that a vendor refused is an incident of its own, about the credential and not about the trunk (S1.9)."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import sentence

with workflow.unsafe.imports_passed_through():
    from activities.announcing import Announcement, Announcing
    from holdline.domain.credential import Credential, refused
    from holdline.domain.incident import IncidentKind
    from holdline.domain.queues import INCIDENTS
    from holdline.domain.timeline import Fact
    from workflows.patience import ANNOUNCE


class Refusals:
    """Raises one incident for each credential that this one was refused with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def run(self) -> None:
        """Return when the incident is over."""
        while not self._desk.over:
            for credential in self._unraised():
                await self._raise(credential)
            await self._desk.changed(lambda: self._unraised(), None, "")

    def _unraised(self) -> tuple[Credential, ...]:
        """An incident about a credential does not raise itself."""
        itself = self._case.entity.id if self._case.kind is IncidentKind.CREDENTIAL_EXPIRED else ""
        new = (each for each in self._case.refused if each not in self._case.raised and each != itself)
        return tuple(Credential(each) for each in new)

    async def _raise(self, credential: Credential) -> None:
        self._case.raised = [*self._case.raised, credential]
        event_id = self._case.key.effect("credential", credential)
        seen = refused(credential, self._case.refused[credential], self._case.severity, event_id, workflow.now())
        announcement = Announcement(observations=(seen,))
        summary = f"raise an incident about the {credential.entity.label}"
        try:
            await self._desk.call(Announcing.announce, announcement, INCIDENTS, summary, **ANNOUNCE.options())
        except ActivityError as error:
            self._desk.note(Fact.UNKNOWN, f"{summary}: {sentence(error)}")
            return
        self._desk.note(Fact.STATE, f"the {credential.entity.label} are refused: an incident of its own is raised")
