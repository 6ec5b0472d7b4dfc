"""Somebody who sends our own signed events and writes down what became of each attempt."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Final

import httpx

from holdline.domain.incident import Severity
from holdline.domain.observation import Verdict
from holdline.seal import SIGNATURE, sign
from holdline.simulators.genesys.world import Place
from tests.endtoend.canaries import SECRETS

PATH: Final = "/v1/events"
_PAUSE: Final = 0.2
_LINES: Final = 8


class Outcome(StrEnum):
    """What a sender knows after an attempt: accepted is a promise, refused has no effect, anything may follow else."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True)
class Attempt:
    """One attempt to send an event; `answer` is the body of the answer."""

    event_id: str
    outcome: Outcome
    status: int | None
    answer: bytes


@dataclass(frozen=True)
class Event:
    """An event about the first trunk of a site."""

    id: str
    place: Place
    status: Verdict = Verdict.BREACH
    severity: Severity = Severity.CRITICAL
    reason: str = "no answer to OPTIONS"

    def body(self, at: datetime) -> bytes:
        """What is sent."""
        fields = {
            "event_id": self.id,
            "incident_type": "trunk_failure",
            "entity": {"kind": "trunk", "id": self.place.primary_trunk_id, "site": self.place.name},
            "severity": self.severity,
            "status": self.status,
            "timestamp": at.isoformat(),
            "reason": self.reason,
            "metrics": {"quality": 0.31},
        }
        return json.dumps(fields).encode()


class Sender:
    """Sends over real connections; `log` has every attempt."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=5, trust_env=False)
        self._lines = asyncio.Semaphore(_LINES)
        self._numbers = count(1)
        self.log: list[Attempt] = []

    def event(self, place: Place, status: Verdict = Verdict.BREACH, reason: str = "no answer to OPTIONS") -> Event:
        """A new event about a site's first trunk."""
        return Event(f"event-{next(self._numbers)}", place, status, reason=reason)

    async def breach(self, place: Place) -> Event:
        """Send that a trunk fails, until it is accepted."""
        return await self.deliver(self.event(place))

    async def healthy(self, place: Place) -> Event:
        """Send that a trunk is well, until it is accepted."""
        return await self.deliver(self.event(place, Verdict.HEALTHY, "OPTIONS are answered"))

    async def deliver(self, event: Event) -> Event:
        """Repeat an event, with the same body, until it is accepted. Raises AssertionError where it is refused."""
        body = event.body(datetime.now(UTC))
        while (attempt := await self.send(event.id, body)).outcome is not Outcome.ACCEPTED:
            assert attempt.outcome is Outcome.INDETERMINATE, f"{event.id} was refused: {attempt.status}"
            await asyncio.sleep(_PAUSE)
        return event

    async def send(
        self, event_id: str, body: bytes, path: str = PATH, headers: dict[str, str] | None = None
    ) -> Attempt:
        """Send once, signed unless headers are given."""
        signed = {SIGNATURE: sign(body, [SECRETS["own-events"]], datetime.now(UTC))}
        usual = {"content-type": "application/json", **(signed if headers is None else headers)}
        attempt = Attempt(event_id, Outcome.INDETERMINATE, None, b"")
        try:
            async with self._lines:
                answer = await self._http.post(path, content=body, headers=usual)
            attempt = Attempt(event_id, _judge(answer.status_code), answer.status_code, answer.content)
        except httpx.HTTPError as error:
            attempt = replace(attempt, answer=type(error).__name__.encode())
        self.log.append(attempt)
        return attempt

    def accepted(self) -> set[str]:
        """The ids that were answered 202."""
        return {attempt.event_id for attempt in self.log if attempt.outcome is Outcome.ACCEPTED}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _judge(status: int) -> Outcome:
    if status == httpx.codes.ACCEPTED:
        return Outcome.ACCEPTED
    return Outcome.REFUSED if 400 <= status < 500 and status != 429 else Outcome.INDETERMINATE
