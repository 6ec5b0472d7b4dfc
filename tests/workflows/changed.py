"""A workflow that has been changed without thinking of the incidents that are open."""

from temporalio import workflow

from holdline.domain import messages
from holdline.domain.messages import Order, Snapshot
from workflows.incident import IncidentWorkflow


@workflow.defn(name=messages.WORKFLOW)
class Hasty(IncidentWorkflow):
    """Waits a second before it begins, which no recorded incident did."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: Order) -> Snapshot:
        """Wait, then do as before."""
        await workflow.sleep(1)
        return await super().run(order)


@workflow.defn(name=messages.WORKFLOW)
class Broken(IncidentWorkflow):
    """Has a bug in its first step."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: Order) -> Snapshot:
        """Fail as a program fails."""
        raise KeyError(order.epoch)
