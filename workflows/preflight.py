"""The check by the clock: every credential is proved while nothing is on fire (S1.9)."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.announcing import Announcement, Announcing
    from activities.credentials import Preflight
    from holdline.domain import queues
    from holdline.domain.credential import Credential
    from holdline.domain.frozen import Frozen
    from holdline.domain.keys import request_id
    from holdline.domain.observation import Observation
    from holdline.ports import Call
    from workflows.patience import ANNOUNCE, READ

WORKFLOW = "Preflight"


class Checkup(Frozen):
    """The input: which credentials are configured."""

    credentials: tuple[Credential, ...]


class Report(Frozen):
    """The result: a sentence about each credential."""

    lines: tuple[str, ...]


@workflow.defn(name=WORKFLOW)
class PreflightWorkflow:
    """Proves the credentials; one that is refused opens its incident, one that is accepted feeds an open one."""

    @workflow.run
    async def run(self, checkup: Checkup) -> Report:
        """Ask every vendor at once, announce what they said."""
        answers = await asyncio.gather(*(self._check(each) for each in checkup.credentials))
        seen = tuple(each for each in answers if isinstance(each, Observation))
        if seen:
            await workflow.execute_activity_method(
                Announcing.announce,
                Announcement(observations=seen),
                task_queue=queues.INCIDENTS,
                summary="tell the incidents",
                **ANNOUNCE.options(),
            )
        lines = (each if isinstance(each, str) else f"{each.entity.id}: {each.reason}" for each in answers)
        return Report(lines=tuple(lines))

    async def _check(self, credential: Credential) -> Observation | str:
        """What a vendor says of its credential; where it says nothing, that says nothing of the credential."""
        effect = f"preflight:{workflow.info().workflow_id}:{credential}"
        call = Call(request_id=request_id(workflow.info().run_id, effect), effect=effect)
        try:
            seen: Observation = await workflow.execute_activity_method(
                Preflight.check,
                call,
                task_queue=queues.of(credential),
                summary=f"does {credential} accept it?",
                **READ.options(),
            )
        except ActivityError:
            return f"{credential}: no answer, which says nothing about the credential"
        return seen
