"""From the journal to the incident: batches of observations, and the answers of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError
from temporalio.client import Client

from holdline import intake
from holdline.domain.acknowledgement import Via
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import request_id, workflow_of_page
from holdline.domain.messages import Answer, AnswerKind
from holdline.domain.runbook import Runbook, completed
from holdline.gateway.backlog import Batch, Waiting
from holdline.gateway.presses import NoWorker, Press, Presses
from holdline.gateway.purpose import Purpose, unblamed
from holdline.gateway.reading import OTHER_FORM, Addressed, PageAnswer, Source, State, TextAnswer
from holdline.gateway.responses import Responses
from holdline.ports import Call, PageNames, Rejected, VendorError, Withdrawals

ON_PURPOSE: Final = "it was taken out of service on purpose"
_PAGED: Final = MappingProxyType({Source.PAGERDUTY: Via.PAGERDUTY, Source.JSM: Via.JSM})
# A code is on a person's telephone before the server's list shows its incident.
_LIST_LAG: Final = timedelta(seconds=60)
# A vendor may say that a page did not arrive before the incident has written down that it was sent.
_PAGE_LAG: Final = timedelta(seconds=3)


class NotYet(Exception):
    """It cannot be delivered now and is worth another try; the reason is a sentence without secrets."""


@dataclass(frozen=True)
class Ended:
    """A delivery is over: DELIVERED, or DROPPED with the reason. `result` is for whoever asks after the event."""

    state: State
    result: str


class Orders:
    """Carries what a person pressed to its incident, and tells the person what became of it."""

    def __init__(self, presses: Presses, responses: Responses) -> None:
        self._presses = presses
        self._responses = responses

    async def carry(self, waiting: Waiting, press: Press) -> Ended:
        """Raises NotYet while no worker takes it, and intake.NotTaken."""
        try:
            outcome = await self._presses.carry(press)
        except NoWorker as error:
            raise NotYet(str(error)) from None
        self._responses.tell(waiting.event_id, outcome.text, press, outcome.asks)
        taken = outcome.done or outcome.asks is not None
        return Ended(State.DELIVERED if taken else State.DROPPED, outcome.text)


class Dispatch:
    """Sends what the journal holds. Raises NotYet, and intake.NotTaken."""

    def __init__(
        self,
        client: Client,
        runbooks: Mapping[IncidentKind, Runbook],
        orders: "Orders",
        names: PageNames | None,
        withdrawals: Withdrawals | None = None,
    ) -> None:
        self._client = client
        self._runbooks = completed(runbooks)
        self._orders = orders
        self._names = names
        self._purpose = Purpose(withdrawals)

    async def observed(self, batch: Batch) -> Ended:
        """Send a batch, under its own request id, without what is meant to be so."""
        message = batch.message
        meant = await self._purpose.meant(message, batch.request_id)
        left = unblamed(message) if meant else message
        if left is None:
            return Ended(State.DROPPED, f"{ON_PURPOSE}: {meant}")
        runbook = self._runbooks[left.observations[0].kind]
        receipt = await intake.observe(self._client, left, runbook, batch.request_id)
        if receipt.taken is intake.Taken.NOTHING_OPEN:
            return Ended(State.DROPPED, "no breach, and no incident is open")
        return Ended(State.DELIVERED, f"{receipt.taken} {batch.lane} {receipt.run_id}".strip())

    async def answered(self, waiting: Waiting, now: datetime) -> Ended:
        """Send what a person did."""
        try:
            match waiting.source:
                case Source.PAGERDUTY | Source.JSM:
                    return await self._page(waiting, PageAnswer.model_validate_json(waiting.item))
                case Source.TWILIO:
                    return await self._text(waiting, TextAnswer.model_validate_json(waiting.item), now)
                case Source.SLACK | Source.LINK:
                    return await self._orders.carry(waiting, Press.model_validate_json(waiting.item))
                case Source.TWILIO_STATUS if now.timestamp() - waiting.received_at < _PAGE_LAG.total_seconds():
                    raise NotYet("the incident may not know of the page yet")
                case _:
                    said = Addressed.model_validate_json(waiting.item)
                    return await self._answer(said.workflow_id, said.answer)
        except ValidationError:
            return Ended(State.QUARANTINED, OTHER_FORM)

    async def _page(self, waiting: Waiting, said: PageAnswer) -> Ended:
        key = said.key or await self._key_of(waiting, said)
        incident = workflow_of_page(key) if key else None
        if incident is None:
            return Ended(State.DROPPED, "not a page of ours")
        workflow_id, epoch = incident
        answer = Answer(
            event_id=waiting.event_id, kind=said.kind, by=said.by, via=_PAGED[waiting.source], at=said.at, epoch=epoch
        )
        return await self._answer(workflow_id, answer)

    async def _key_of(self, waiting: Waiting, said: PageAnswer) -> str | None:
        """The vendor leaves the key out of the webhook where an incident has several alerts."""
        if self._names is None:
            return None
        effect = f"page key of {said.incident}"
        try:
            call = Call(request_id=request_id(waiting.event_id, effect), effect=effect)
            return await self._names.key_of(said.incident, call)
        except Rejected:
            return None
        except VendorError as error:
            raise NotYet(str(error)) from None

    async def _text(self, waiting: Waiting, said: TextAnswer, now: datetime) -> Ended:
        workflow_id = await intake.coded(self._client, said.code)
        if workflow_id is None and now.timestamp() - waiting.received_at < _LIST_LAG.total_seconds():
            raise NotYet("no open incident has this code yet")
        if workflow_id is None:
            return Ended(State.DROPPED, "no open incident has this code")
        answer = Answer(event_id=waiting.event_id, kind=AnswerKind.ACKNOWLEDGED, by=said.by, via=Via.SMS, at=said.at)
        return await self._answer(workflow_id, answer)

    async def _answer(self, workflow_id: str, answer: Answer) -> Ended:
        receipt = await intake.answer(self._client, workflow_id, answer, request_id(answer.event_id, "answer"))
        if receipt.taken is intake.Taken.NOTHING_OPEN:
            return Ended(State.DROPPED, f"{workflow_id} is not open")
        return Ended(State.DELIVERED, f"{receipt.taken} {workflow_id}")
