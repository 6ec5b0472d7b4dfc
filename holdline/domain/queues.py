"""The task queues: incidents, and one activity-only queue for each vendor credential with a budget (S3.12)."""

from types import MappingProxyType
from typing import Final

from holdline.domain.change import ActionKind
from holdline.domain.credential import Credential

INCIDENTS: Final = "holdline-incidents"
GENESYS: Final = "holdline-genesys"
PAGERDUTY: Final = "holdline-pagerduty"
TWILIO: Final = "holdline-twilio"
WEBHOOKS: Final = "holdline-webhooks"

_OF: Final = MappingProxyType({Credential.GENESYS: GENESYS, Credential.PAGERDUTY: PAGERDUTY, Credential.TWILIO: TWILIO})
_CREDENTIALS: Final = MappingProxyType({queue: credential for credential, queue in _OF.items()})


def of(credential: Credential) -> str:
    """The queue of the calls that a credential pays for."""
    return _OF[credential]


def credential_of(queue: str) -> Credential | None:
    """The credential behind a queue; None where its calls need none."""
    return _CREDENTIALS.get(queue)


def queue_of(action: ActionKind) -> str:
    """The queue whose workers take an action: its plan, its changes and their inverses."""
    return WEBHOOKS if action is ActionKind.CALL_WEBHOOK else GENESYS
