"""Changing the world: the order of an outbound route, forwards and back."""

from temporalio import activity

from activities.failures import vendor_failures
from holdline.domain.route import RouteChange
from holdline.ports import Call, ChangeReceipt, Routes


class Changing(Call):
    """The change to make; repeating it is one effect, because it states the wanted order."""

    change: RouteChange


class Remediation:
    """Changes routes at Genesys."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    @activity.defn(name="change_route")
    async def change_route(self, changing: Changing) -> ChangeReceipt:
        """Set the order where nobody else has changed it, and read it back."""
        with vendor_failures():
            return await self._routes.change(changing.change, changing)
