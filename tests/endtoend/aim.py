"""Faults for one caller: they hit the requests that carry a certain X-Request-ID, and no others."""

from holdline.simulators.faults import Fault, Faults, Hit
from holdline.simulators.ledger import RequestLog
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.simulator import Simulator


class Aimed(Faults):
    """The faults of a simulator, some of them meant for one caller; those come first."""

    def __init__(self, requests: RequestLog, *, tokens: bool) -> None:
        super().__init__(tokens=tokens)
        self._requests = requests
        self._meant: dict[str, list[Fault]] = {}

    def aim(self, caller: str, *faults: Fault) -> None:
        """Order faults for the requests with this X-Request-ID; each is used once, in this order."""
        self._meant.setdefault(caller, []).extend(faults)

    def take(self, method: str, path: str) -> Hit | None:
        """The fault that this request gets; the front has just written it into the log."""
        meant = self._meant.get(self._requests[-1]["request_id"] or "", [])
        for fault in meant:
            if fault.match.hits(method, path):
                meant.remove(fault)
                return Hit(fault, self._release)
        return super().take(method, path)

    def unused(self) -> list[Fault]:
        """The faults that nobody has had."""
        return [*(fault for faults in self._meant.values() for fault in faults), *self._orders]

    def clear(self) -> int:
        """Withdraw every order."""
        self._meant.clear()
        return super().clear()


def aimable(sandbox: Sandbox) -> None:
    """Give the simulators of a sandbox that does not run yet faults that can be aimed."""
    for simulator in sandbox.simulators():
        simulator.faults = Aimed(simulator.requests, tokens=simulator.issues_tokens)


def aimed(simulator: Simulator) -> Aimed:
    """The faults of a simulator, as such that can be aimed."""
    assert isinstance(simulator.faults, Aimed)
    return simulator.faults
