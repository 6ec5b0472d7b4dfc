"""The port Sweeps over the platform API: everything of a source in as few bulk calls as there are."""

from typing import assert_never

from holdline.clients.genesys_capacity import sweep_capacity
from holdline.clients.genesys_edge_sweep import sweep_edges
from holdline.clients.genesys_queue_sweep import sweep_queues
from holdline.clients.genesys_trunk_sweep import sweep_trunks
from holdline.clients.wire import Wire
from holdline.domain.detection import Source
from holdline.domain.sweep import Sweep
from holdline.ports import Wanted


class GenesysSweeps:
    """Reads whole sources of one organisation."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def sweep(self, wanted: Wanted) -> Sweep:
        """Look at everything of the plan's source that is due."""
        match wanted.plan.source:
            case Source.TRUNKS:
                return await sweep_trunks(self._wire, wanted)
            case Source.EDGES:
                return await sweep_edges(self._wire, wanted)
            case Source.QUEUES:
                return await sweep_queues(self._wire, wanted)
            case Source.CAPACITY:
                return await sweep_capacity(self._wire, wanted)
            case _ as never:
                assert_never(never)
