"""The task queues: incidents, and one activity-only queue for each vendor credential with a budget (S3.12)."""

from types import MappingProxyType
from typing import Final

from holdline.domain.change import ActionKind
from holdline.domain.credential import PAYS_FOR, Credential
from holdline.domain.escalation import Channel
from holdline.domain.ticket import TicketSystem

INCIDENTS: Final = "holdline-incidents"
GENESYS: Final = "holdline-genesys"
PAGERDUTY: Final = "holdline-pagerduty"
TWILIO: Final = "holdline-twilio"
WEBHOOKS: Final = "holdline-webhooks"

_OF: Final = MappingProxyType({each: f"holdline-{each.value.replace('_', '-')}" for each in Credential})
_CREDENTIALS: Final = MappingProxyType({queue: credential for credential, queue in _OF.items()})


def of(credential: Credential) -> str:
    """The queue of the calls that a credential pays for."""
    return _OF[credential]


def of_channel(channel: Channel) -> str:
    """The queue of the pages by a channel."""
    return of(PAYS_FOR[channel])


def of_tickets(system: TicketSystem) -> str:
    """The queue of the calls for tickets in a system: one that is down delays nothing of another one."""
    return of(Credential(system.value))


def credential_of(queue: str) -> Credential | None:
    """The credential behind a queue; None where its calls need none."""
    return _CREDENTIALS.get(queue)


def queue_of(action: ActionKind) -> str:
    """The queue whose workers take an action: its plan, its changes and their inverses."""
    return WEBHOOKS if action is ActionKind.CALL_WEBHOOK else GENESYS
