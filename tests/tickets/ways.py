"""The ways in which a call for a ticket goes wrong, and the systems that tickets are kept in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from holdline.domain.ticket import TicketSystem
from holdline.ports import Tickets
from holdline.simulators.faults import Fault, FaultKind, When
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.simulator import Simulator
from tests.contracts.rig import Clients
from tests.support.distant import Distance

_SOON: Final = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
_SLOWLY: Final = 0.5
"""A drip that outlasts every attempt."""


@dataclass(frozen=True)
class Way:
    """How calls go wrong: which fault, how often in a row, and with what status; None where no call arrives at all."""

    name: str
    kind: FaultKind | None
    status: int = 503
    retry_after: int | str | None = None
    times: int = 1

    def faults(self, when: When) -> list[Fault]:
        """The faults of one caller, each used once."""
        if self.kind is None:
            return []
        pause = _SLOWLY if self.kind is FaultKind.DRIP else None
        fault = Fault(kind=self.kind, when=when, status=self.status, retry_after=self.retry_after, seconds=pause)
        return [fault] * self.times


WAYS: Final = (
    Way("reset", FaultKind.RESET),
    Way("hang", FaultKind.HANG),
    Way("drip", FaultKind.DRIP),
    Way("truncated", FaultKind.TRUNCATE),
    Way("HTML", FaultKind.HTML),
    Way("lying 200", FaultKind.LYING_200),
    Way("401 mid-run", FaultKind.TOKEN_REVOKED),
    Way("403", FaultKind.STATUS, 403),
    Way("409", FaultKind.STATUS, 409),
    Way("429", FaultKind.STATUS, 429, retry_after=1),
    Way("429 for a day", FaultKind.STATUS, 429, retry_after=86_400),
    Way("429 until a date", FaultKind.STATUS, 429, retry_after=_SOON),
    Way("429 for minus 5", FaultKind.STATUS, 429, retry_after="-5"),
    Way("503 for 10 min", FaultKind.STATUS, 503, times=12),
    Way("redirect", FaultKind.STATUS, 302),
)
"""Twelve answers in a row outlast four attempts, and the next four a minute later, and the next four after five."""


def lasts(fault: Fault) -> bool:
    """Whether it may outlast those who ask: such a one need not be met each time."""
    return fault.kind is FaultKind.STATUS and fault.status == 503


UNREACHED: Final = {distance: Way(distance.value, None) for distance in Distance}
"""The ways in which no call arrives; there is no moment after the commit."""


@dataclass(frozen=True)
class Desk:
    """A system as the grid needs it: its simulator, our client of it, and how its tickets are created."""

    system: TicketSystem
    simulator: Callable[[Sandbox], Simulator]
    tickets: Callable[[Clients], Tickets]


DESKS: Final = (
    Desk(TicketSystem.SERVICENOW, lambda sandbox: sandbox.servicenow, lambda clients: clients.servicenow),
    Desk(TicketSystem.SALESFORCE, lambda sandbox: sandbox.salesforce, lambda clients: clients.salesforce),
    Desk(TicketSystem.JIRA, lambda sandbox: sandbox.jira, lambda clients: clients.jira),
    Desk(TicketSystem.AZURE_DEVOPS, lambda sandbox: sandbox.azure, lambda clients: clients.azure),
)
