"""What goes wrong: processes are killed with -9 and vendors misbehave, at moments that a seed decides."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.simulator import Simulator
from tests.endtoend.process import Process
from tests.endtoend.rig import Rig
from tests.endtoend.temporal import Temporal

_KINDS: Final = tuple(kind for kind in FaultKind if kind is not FaultKind.TOKEN_REVOKED)
_LIFE: Final = {"worker": (3.0, 8.0), "gateway": (4.0, 9.0), "temporal": (9.0, 16.0)}
_DOWN: Final = (0.2, 1.5)
_FAULT_EVERY: Final = (0.3, 1.5)


@dataclass
class Mayhem:
    """The killers and the saboteur; `faults` counts what was ordered."""

    rig: Rig
    seed: int
    faults: Counter[str] = field(default_factory=Counter)

    async def run(self, seconds: float) -> None:
        """Rage for so long; afterwards everything runs and no fault is left."""
        parts = (self.rig.worker, self.rig.gateway, self.rig.temporal)
        raging = [asyncio.create_task(self._kill(part, Random(f"{self.seed} {part.name}"), seconds)) for part in parts]
        raging.append(asyncio.create_task(self._sabotage(Random(f"{self.seed} faults"), seconds)))
        await asyncio.gather(*raging)
        for simulator in self.rig.sandbox.simulators():
            simulator.faults.clear()

    async def _kill(self, part: Process | Temporal, chance: Random, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            await asyncio.sleep(chance.uniform(*_LIFE[part.name]))
            if loop.time() > end:
                return
            await part.kill()
            await asyncio.sleep(chance.uniform(*_DOWN))
            await part.start()

    async def _sabotage(self, chance: Random, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            await asyncio.sleep(chance.uniform(*_FAULT_EVERY))
            self._order(chance.choice(self._vendors()), chance)

    def _vendors(self) -> tuple[Simulator, ...]:
        """Those that the incidents of the run use."""
        sandbox = self.rig.sandbox
        return (sandbox.genesys, sandbox.pagerduty, sandbox.twilio)

    def _order(self, simulator: Simulator, chance: Random) -> None:
        when, kind = chance.choice(list(When)), chance.choice(_KINDS)
        simulator.faults.add(Fault(kind=kind, when=when, match=Match(path="/")))
        self.faults[f"{kind} {when}"] += 1
