"""Record the gate's histories anew: `python -m tests.histories.gates.record`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from holdline.domain.change import Touch
from holdline.domain.entity import EntityKind
from holdline.domain.gate_messages import FREE, FreeOrder
from holdline.domain.incident import Severity
from holdline.domain.messages import Reply
from tests.histories.record import keep, runs
from tests.workflows.short import short_histories
from tests.workflows.walkers import LIMITS, House, gatehouse
from workers.virtual import VirtualTime

FOLDER = Path(__file__).parent
NOW = timedelta(0)


async def record() -> None:
    """Tell the story and keep the history of every run of the gate and of its walkers."""
    async with short_histories() as time:
        limits = LIMITS.model_copy(update={"cap": 2, "blast_trunks": 1})
        async with gatehouse(time.client, limits) as house:
            began = (await house.handle.describe()).run_id
            walkers = await _told(time, house)
            gate = time.client.get_workflow_handle(house.gate, first_execution_run_id=began)
            keep("gate", await runs(gate, time), FOLDER)
        for name, walker in walkers.items():
            keep(name, await runs(walker, time), FOLDER)


async def _told(time: VirtualTime, house: House) -> dict[str, WorkflowHandle[Any, Any]]:
    """Grants, waits, a changed cap, a suggestion, a wish given up, a freed lock, and a lease that ends."""
    touches = [(Touch(kind=EntityKind.TRUNK, id=f"trunk-{n}"),) for n in range(2)]
    holder = await house.walk("queue:a", touches=touches[0])
    await house.until(1, 0)
    waiting = await house.walk("queue:a", severity=Severity.CRITICAL, hold=NOW)
    given_up = await house.walk("queue:a")
    refused = await house.walk(touches=touches[1])
    await refused.result()
    await house.until(1, 2)
    await house.cap(1)
    await given_up.signal("stop")
    await given_up.result()
    order = FreeOrder(resource="queue:a", by="olga", reason="its worker is gone")
    await house.handle.execute_update(FREE, order, result_type=Reply)
    await waiting.result()
    await holder.signal("done")
    await holder.result()
    dead = await house.walk("queue:b")
    await house.until(1, 0)
    await dead.terminate()
    assert await time.move(house.handle, await time.elapsed(house.handle) + LIMITS.lease)
    busy = [await house.walk("queue:b", times=2, hold=NOW) for _ in range(3)]
    for each in busy:
        await each.result()
    return {"holder": holder, "waiting": waiting, "given_up": given_up, "refused": refused}


if __name__ == "__main__":
    asyncio.run(record())
