"""The organisation's capacity for calls: how much of it is in use (permission telephony:callMetrics:view).

https://developer.genesys.cloud/devapps/api-explorer (Telephony).
"""

from typing import Final

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document
from holdline.clients.genesys_pages import tried
from holdline.clients.genesys_trunks import Health
from holdline.clients.wire import Wire
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.observation import Verdict
from holdline.domain.sweep import Finding, Sweep
from holdline.ports import Wanted

METRICS: Final = "/api/v2/telephony/calls/metrics"
ORGANISATION: Final = Entity(kind=EntityKind.ORGANISATION, id="organisation", name="Genesys Cloud organisation")


class CallMetrics(Document):
    """How many calls and call sessions there are, and how many there may be."""

    concurrent_call_count: int | None = None
    max_call_capacity: int | None = None
    concurrent_call_session_count: int | None = None
    max_call_session_capacity: int | None = None

    @property
    def used(self) -> float | None:
        """The larger share in use; None where no capacity is told."""
        shares = (
            _share(self.concurrent_call_count, self.max_call_capacity),
            _share(self.concurrent_call_session_count, self.max_call_session_capacity),
        )
        return max((each for each in shares if each is not None), default=None)


async def sweep_capacity(wire: Wire, wanted: Wanted) -> Sweep:
    """Read the capacity of the organisation, which is the one entity of this source."""
    group = wanted.group_of(ORGANISATION)
    if group is None:
        return Sweep()
    ask = Ask(method="GET", route=METRICS)
    found = await tried("the capacity for calls", lambda: wire.attempt(wanted).read(ask, CallMetrics))
    findings = []
    for metrics in found.items:
        seen, used = capacity_health(metrics, group.bounds.share), metrics.used
        finding = Finding(
            entity=ORGANISATION,
            group=group.name,
            verdict=seen.verdict,
            severity=group.severity,
            reason=seen.reason,
            metrics={} if used is None else {"used": round(used, 4)},
        )
        findings.append(finding)
    return Sweep(findings=tuple(findings), gaps=tuple(found.gaps))


def capacity_health(metrics: CallMetrics, most: float) -> Health:
    """Judge the larger share in use; a capacity that is not told, or zero, is unknown."""
    used = metrics.used
    if used is None:
        return Health(Verdict.UNKNOWN, "Genesys tells no capacity")
    said = f"{used:.0%} of the capacity for calls is in use"
    if used > most:
        return Health(Verdict.BREACH, f"{said}, {most:.0%} is the most")
    return Health(Verdict.HEALTHY, said)


def _share(used: int | None, most: int | None) -> float | None:
    return used / most if used is not None and most else None
