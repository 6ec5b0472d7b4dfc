"""An edge that goes offline, with its trunks, because somebody has taken it out of service is no incident (S3.9).

The event says only that the edge, or a trunk on it, is down. The edge itself says whether it was drained or set out of
service, by us or by an administrator; that outlives every process of ours.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from holdline.domain.entity import EntityKind
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import request_id
from holdline.domain.messages import Observed
from holdline.domain.observation import Verdict
from holdline.domain.text import clean
from holdline.ports import Call, Rejected, VendorError, Withdrawals

_PATIENCE: Final = timedelta(seconds=2)
_PAUSE: Final = timedelta(seconds=30)
_ASKED: Final = frozenset(
    {(IncidentKind.EDGE_OFFLINE, EntityKind.EDGE), (IncidentKind.TRUNK_FAILURE, EntityKind.TRUNK)}
)
_log = logging.getLogger(__name__)


class Purpose:
    """Asks whether an outage is meant. Where nobody can tell, it is believed, and for a while nobody is asked."""

    def __init__(self, withdrawals: Withdrawals | None) -> None:
        self._withdrawals = withdrawals
        self._loop = asyncio.get_running_loop()
        self._not_before = 0.0

    async def meant(self, observed: Observed, event: str) -> str:
        """Why the outage that is observed is meant, or nothing; `event` names the question."""
        first = observed.observations[0]
        asked = (first.kind, first.entity.kind) in _ASKED and _failing(observed)
        if self._withdrawals is None or not asked or self._loop.time() < self._not_before:
            return ""
        effect = f"service of {first.entity.id}"
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                call = Call(request_id=request_id(event, effect), effect=effect)
                return await self._withdrawals.why(first.entity, call)
        except Rejected:
            return ""
        except (VendorError, TimeoutError) as error:
            self._rest(clean(str(error)) or "no answer in time")
            return ""

    def _rest(self, reason: str) -> None:
        self._not_before = self._loop.time() + _PAUSE.total_seconds()
        _log.warning(
            "Nobody can tell whether an edge was taken out of service; its events and its trunks' are believed: %s",
            reason,
        )


def _failing(observed: Observed) -> bool:
    """Whether a breach is among the observations."""
    return any(each.verdict is Verdict.BREACH for each in observed.observations)


def unblamed(observed: Observed) -> Observed | None:
    """What is left of the observations without the breaches, or None."""
    left = tuple(each for each in observed.observations if each.verdict is not Verdict.BREACH)
    return observed.model_copy(update={"observations": left}) if left else None
