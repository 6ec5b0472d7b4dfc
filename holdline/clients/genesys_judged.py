"""Reading one trunk by the rule that detection has for it: connected is not well where its calls fail."""

from datetime import UTC, datetime

from holdline.domain.detection import Plan
from holdline.domain.entity import Entity
from holdline.domain.incident import Severity
from holdline.domain.observation import Observation, Verdict
from holdline.domain.sweep import Sweep
from holdline.ports import Call, Reader, Sweeps, Wanted


class JudgedTrunks:
    """The port Reader: a trunk that is up is judged by its quality too, where its group has a bound for it.

    Otherwise an incident that poor quality has opened would find the trunk connected, and end.
    """

    def __init__(self, trunks: Reader, sweeps: Sweeps, plan: Plan) -> None:
        self._trunks = trunks
        self._sweeps = sweeps
        self._plan = plan

    async def read(self, entity: Entity, call: Call) -> Observation:
        """Read a trunk now; a quality that cannot be read leaves it unknown."""
        seen = await self._trunks.read(entity, call)
        group = self._plan.group_of(seen.entity)
        if seen.verdict is not Verdict.HEALTHY or group is None or group.bounds.quality is None:
            return seen
        alone = group.model_copy(update={"ids": (entity.id,), "names": ()})
        plan = self._plan.model_copy(update={"groups": (alone,)})
        wanted = Wanted(
            request_id=call.request_id, effect=call.effect, plan=plan, due=(group.name,), at=datetime.now(UTC)
        )
        return _judged(seen, await self._sweeps.sweep(wanted))


def _judged(seen: Observation, sweep: Sweep) -> Observation:
    for finding in sweep.findings:
        if finding.verdict is not Verdict.HEALTHY:
            severity = finding.severity if finding.verdict is Verdict.BREACH else Severity.LOW
            return seen.model_copy(update={"verdict": finding.verdict, "severity": severity, "reason": finding.reason})
    if sweep.gaps:
        return seen.model_copy(
            update={
                "verdict": Verdict.UNKNOWN,
                "severity": Severity.LOW,
                "reason": f"it is connected, but {sweep.gaps[0].what} could not be read",
            }
        )
    return seen
