"""From a button or a link to the incident: the same updates that the command line gives, under the press's own id.

An update is nothing that Temporal keeps until a worker has taken it, so a press waits in the journal for that.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain.acknowledgement import Via
from holdline.domain.approval import Proposal, Voice, proof
from holdline.domain.button import Button
from holdline.domain.frozen import Frozen
from holdline.domain.keys import mark
from holdline.domain.messages import EPOCH_MEMO, SNAPSHOT, Decision, Reply, Request, Snapshot
from holdline.intake import NotTaken, no_namespace
from holdline.operators import Operator
from holdline.secrets import SecretUnreadable

PATIENCE: Final = timedelta(seconds=2)
_LATE: Final = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
CLOSED: Final = "Nothing was changed: the incident is over and closed."
OLDER: Final = (
    "Nothing was changed: this belongs to an older episode. The incident was opened again; use what came last."
)
NOTHING_ASKED: Final = "Nothing was changed: the incident waits for nobody's approval."


class Press(Frozen):
    """What a person orders of one episode of an incident; a decision names its proposal and the digest of its plan.

    `episode` is the mark of the incident, where the message has it; `mark` is that of the press itself.
    """

    verb: Button
    by: str
    via: Via
    workflow_id: str
    epoch: int
    opening: int
    episode: str = ""
    mark: str = ""
    proposal: str = ""
    digest: str = ""

    @property
    def update_id(self) -> str:
        """One for everything that says the same by the same person with the same mark: twice is once."""
        about = (self.workflow_id, str(self.epoch), str(self.opening), self.mark, self.proposal, self.digest)
        return hashlib.sha256("\n".join(("press", self.verb, self.by, *about)).encode()).hexdigest()[:32]


class NoWorker(Exception):
    """Temporal answers, and no worker does: the press keeps."""


@dataclass(frozen=True)
class Outcome:
    """What became of a press, in a sentence for whoever pressed; `asks` where a plan has to be looked at first."""

    text: str
    done: bool = False
    asks: Proposal | None = None


class Presses:
    """Carries presses to their incidents. `operators` are the people of the configuration, with their tokens."""

    def __init__(self, client: Client, operators: Mapping[str, Operator]) -> None:
        self._client = client
        self._operators = operators

    async def carry(self, press: Press) -> Outcome:
        """Order it, once. Raises NoWorker, and NotTaken where Temporal does not answer."""
        try:
            async with _answered():
                found = await self._client.get_workflow_handle(press.workflow_id).describe(rpc_timeout=PATIENCE)
                epoch = await found.memo_value(EPOCH_MEMO, 0)
            if epoch != press.epoch or _of_another_day(press, found):
                return Outcome(OLDER)
            if found.status is not WorkflowExecutionStatus.RUNNING:
                return Outcome(CLOSED)
            async with _worked():
                return await self._order(press, self._of(found))
        except _Missing:
            return Outcome(CLOSED)

    async def look(self, workflow_id: str) -> Snapshot | None:
        """What an incident says of itself, or None where nobody answers."""
        with suppress(NoWorker, NotTaken, _Missing):
            async with _worked():
                return await _story(self._client.get_workflow_handle(workflow_id))
        return None

    def _of(self, found: WorkflowExecutionDescription) -> WorkflowHandle[Any, Any]:
        """The incident that was looked at, and none that is opened in its place meanwhile."""
        return self._client.get_workflow_handle(found.id, first_execution_run_id=_first(found) or None)

    async def _order(self, press: Press, handle: WorkflowHandle[Any, Any]) -> Outcome:
        story = await _story(self._client.get_workflow_handle(press.workflow_id))
        if (story.epoch, story.opening) != (press.epoch, press.opening):
            return Outcome(OLDER)
        if press.verb.decides and not press.proposal:
            if story.proposal is None:
                return Outcome(NOTHING_ASKED)
            return Outcome(_named(story, _asked(story.proposal)), asks=story.proposal)
        request = await self._request(press)
        if isinstance(request, str):
            return Outcome(f"Nothing was changed: {request}.")
        try:
            reply = await handle.execute_update(
                press.verb.value, request, id=press.update_id, result_type=Reply, rpc_timeout=PATIENCE
            )
        except WorkflowUpdateFailedError as error:
            return Outcome(f"Nothing was changed: {_why(error)}.")
        assert isinstance(reply, Reply)
        return Outcome(_named(story, f"{reply.text}."), done=True)

    async def _request(self, press: Press) -> Request | str:
        """What the incident is asked, proved where it must be; or why it cannot be proved."""
        if not press.verb.decides:
            return Request(by=press.by, via=press.via)
        operator = self._operators.get(press.by)
        if operator is None:
            return f"there is no operator {press.by} in the configuration"
        try:
            token = await asyncio.to_thread(operator.token.read)
        except SecretUnreadable:
            return f"the token of {press.by} cannot be read where the gateway runs"
        about = (press.workflow_id, press.proposal, press.digest, press.by)
        proved = proof(token, Voice(press.verb.value), *about)
        return Decision(by=press.by, via=press.via, proposal=press.proposal, digest=press.digest, proof=proved)


def _first(found: WorkflowExecutionDescription) -> str:
    return found.raw_description.workflow_execution_info.first_run_id


def _of_another_day(press: Press, found: WorkflowExecutionDescription) -> bool:
    """Whether it is about an episode of the same number that the server has forgotten."""
    first = _first(found)
    return bool(press.episode and first) and press.episode != mark(first)


async def _story(handle: WorkflowHandle[Any, Any]) -> Snapshot:
    found = await handle.query(SNAPSHOT, result_type=Snapshot, rpc_timeout=PATIENCE)
    assert isinstance(found, Snapshot)
    return found


def _named(story: Snapshot, words: str) -> str:
    return f"{story.entity.label}: {words}"


def _asked(proposal: Proposal) -> str:
    return f"plan {proposal.digest}: {proposal.words}. It waits until {proposal.expires_at:%H:%M} UTC."


def _why(error: WorkflowUpdateFailedError) -> str:
    return error.cause.message if isinstance(error.cause, ApplicationError) else "the incident refused"


class _Missing(Exception):
    """There is no such workflow, or it is closed."""


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    """A call that Temporal answers by itself, bounded from outside as well."""
    try:
        async with asyncio.timeout(1.5 * PATIENCE.total_seconds()):
            yield
    except TimeoutError:
        raise NotTaken("Temporal does not answer", reached=False) from None
    except RPCError as error:
        raise _told(error) from None
    except RuntimeError:
        # The bridge's word for a connection that cannot be made.
        raise NotTaken("Temporal cannot be reached", reached=False) from None


@asynccontextmanager
async def _worked() -> AsyncIterator[None]:
    """Calls that need a worker, after one that Temporal has answered: silence is the worker's."""
    try:
        async with asyncio.timeout(3 * PATIENCE.total_seconds()):
            yield
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowQueryFailedError):
        raise NoWorker("no worker answers for the incident") from None
    except RPCError as error:
        if error.status is RPCStatusCode.FAILED_PRECONDITION or error.status in _LATE:
            raise NoWorker("no worker answers for the incident") from None
        raise _told(error) from None
    except RuntimeError:
        raise NotTaken("Temporal cannot be reached", reached=False) from None


def _told(error: RPCError) -> Exception:
    if error.status is RPCStatusCode.NOT_FOUND and not no_namespace(error):
        return _Missing()
    reached = error.status not in (RPCStatusCode.UNAVAILABLE, *_LATE)
    return NotTaken(f"Temporal does not do it ({error.status.name})", reached=reached)
