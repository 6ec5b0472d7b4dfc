"""Orders: what a person orders is carried out once, also where it comes again in a later run."""

from collections.abc import Awaitable, Callable

from temporalio import workflow

from workflows.desk import Desk

with workflow.unsafe.imports_passed_through():
    from holdline.domain.case import ORDERS_LIMIT, Carried
    from holdline.domain.messages import Reply


class Orders:
    """Remembers the latest orders by the ids of their updates, which Temporal itself knows for one run alone."""

    def __init__(self, desk: Desk) -> None:
        self._case = desk.case

    @property
    def again(self) -> bool:
        """Whether the order that is handled now was carried out before."""
        return self._before() is not None

    def once(self, carry: Callable[[], Reply]) -> Reply:
        """Carry it out, or say what was said the first time."""
        return self._before() or self._kept(carry())

    async def settled(self, carry: Callable[[], Awaitable[Reply]]) -> Reply:
        """The same for an order that takes its time; one that fails is not remembered."""
        return self._before() or self._kept(await carry())

    def _before(self) -> Reply | None:
        found = next((each for each in self._case.orders if each.id == _id()), None)
        return None if found is None else Reply(changed=found.changed, text=found.text)

    def _kept(self, reply: Reply) -> Reply:
        carried = Carried(id=_id(), changed=reply.changed, text=reply.text)
        self._case.orders = [*self._case.orders, carried][-ORDERS_LIMIT:]
        return reply


def _id() -> str:
    order = workflow.current_update_info()
    assert order is not None, "only updates are orders"
    return order.id
