"""What the vendors committed for one incident, read from their ledgers."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from holdline.domain import keys
from holdline.simulators.genesys.world import Place
from holdline.simulators.sandbox import Sandbox
from tests.endtoend.incidents import workflow_id


@dataclass(frozen=True)
class Effects:
    """Pages by (service, key) with how often each was opened; texts by body; the orders a route was given.

    `tickets` are the states of those that were created: 6 where it is resolved.
    """

    pages: Counter[tuple[str, str]]
    open: tuple[str, ...]
    texts: Counter[str]
    orders: tuple[tuple[str, ...], ...]
    order: tuple[str, ...]
    first: tuple[str, ...]
    tickets: tuple[str, ...] = ()

    @property
    def doubled(self) -> int:
        """How many effects happened a second time."""
        again = sum(count - 1 for count in (*self.pages.values(), *self.texts.values()))
        return again + max(0, len(self.orders) - len(set(self.orders)))

    @property
    def restored(self) -> bool:
        """Whether the route is as it was."""
        return self.order == self.first


def effects(sandbox: Sandbox, place: Place) -> Effects:
    """Everything that was done about a site's first trunk."""
    pages = [row for row in sandbox.pagerduty.ledger if place.primary_trunk_id in row.get("dedup_key", "")]
    opened = Counter((row["service"], row["dedup_key"]) for row in pages if row["kind"] == "page.triggered")
    changes = sandbox.genesys.ledger.of("route.changed", route_id=place.route_id)
    route = sandbox.genesys.world.routes[place.route_id]
    key = keys.Incident(workflow_id(place), 1).ticket_key()
    return Effects(
        pages=opened,
        open=tuple(each.id for key in {key for _, key in opened} for each in sandbox.pagerduty.desk.open_with(key)),
        texts=Counter(row["body"] for row in texts(sandbox, place)),
        orders=tuple(tuple(row["after"]) for row in changes),
        order=route.bases,
        first=(place.primary_base_id, place.secondary_base_id),
        tickets=tuple(
            row.values["state"]
            for row in sandbox.servicenow.records.all.values()
            if row.values["correlation_id"].startswith(f"{key}/")
        ),
    )


def page_key(place: Place, round_: int = 1) -> str:
    """The key of a round of pages about a site's first trunk, in its first episode."""
    return keys.Incident(workflow_id(place), 1).page_key(round_)


def texts(sandbox: Sandbox, place: Place, epoch: int = 1) -> list[dict[str, Any]]:
    """The text messages about an incident: they ask for its code."""
    code = keys.Incident(workflow_id(place), epoch).ack_code()
    return [row for row in sandbox.twilio.ledger.of("sms.created") if f"ACK {code}" in row["body"]]
