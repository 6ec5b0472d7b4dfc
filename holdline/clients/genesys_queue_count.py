"""How many queues there are, which says how many of them automation may touch (S1.8).

https://developer.genesys.cloud/devapps/api-explorer (Routing; permission routing:queue:view). One entity is asked for,
because the listing tells its whole length with every page.
"""

from typing import Annotated, Final

from pydantic import Field, StrictInt

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document
from holdline.clients.wire import Attempt
from holdline.domain.change import Plan
from holdline.domain.entity import EntityKind
from holdline.ports import Throttled, VendorError

_LISTING: Final = Ask(method="GET", route="/api/v2/routing/queues", query=(("pageSize", "1"),))


class QueueListing(Document):
    """The listing, of which only its length matters."""

    total: Annotated[StrictInt, Field(ge=1)] | None = None


async def counted(attempt: Attempt, plan: Plan) -> Plan:
    """The plan with the number of queues that the OAuth client sees, where it touches one and the number is told.

    The fixed limit stands in for a number that nobody tells, so it keeps no plan from being made. Raises Throttled:
    a plan that finds no turn is made again.
    """
    if not any(each.kind is EntityKind.QUEUE for each in plan.touches):
        return plan
    try:
        found = await attempt.read(_LISTING, QueueListing)
    except Throttled:
        raise
    except VendorError:
        return plan
    return plan.model_copy(update={"queues": found.total})
