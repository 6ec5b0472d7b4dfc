"""The alerts of the site: orders wait a moment and are then carried out, in order, or refused."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from holdline.simulators.clock import now
from holdline.simulators.jsm.alert import Alert, Order
from holdline.simulators.ledger import Ledger
from holdline.simulators.settings import JsmSettings

Announce = Callable[[str, Alert, str, str], None]
"""Told the action, the alert, who did it, and by what kind of source."""

API, WEB = "API", "web"


class Desk:
    """`refusals` are the reasons for which the next creates fail after they were taken."""

    def __init__(self, settings: JsmSettings, ledger: Ledger, announce: Announce) -> None:
        self._settings = settings
        self._ledger = ledger
        self._announce = announce
        self._timers: set[asyncio.TimerHandle] = set()
        self.pending = settings.pending
        self.alerts: list[Alert] = []
        self.orders: dict[str, Order] = {}
        self.refusals: list[str] = []

    def take(self, action: str, alias: str, team: str, fields: dict[str, Any], caller: str | None) -> Order:
        """Accept an order; it is carried out when it has waited."""
        order = Order(str(uuid4()), action, alias, fields=fields)
        self.orders[order.id] = order
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self.pending.total_seconds(), self._carry_out, order, team, caller)
        self._timers = {each for each in self._timers if not each.cancelled() and each.when() > loop.time()}
        self._timers.add(timer)
        return order

    def _carry_out(self, order: Order, team: str, caller: str | None) -> None:
        order.done, order.processed = True, now()
        by = order.fields.get("user") or "API"
        match order.action:
            case "Create":
                self._create(order, team, caller)
            case "Acknowledge":
                self._on_open(order, lambda alert: self.acknowledge(alert, by, API, caller))
            case "UnAcknowledge":
                self._on_open(order, lambda alert: self.unacknowledge(alert, by, API, caller))
            case "Close":
                self._on_open(order, lambda alert: self.close(alert, by, API, caller))

    def _create(self, order: Order, team: str, caller: str | None) -> None:
        if self.refusals:
            order.status = self.refusals.pop(0)
            self._ledger.commit("alert.refused", order.alias, caller, alias=order.alias, reason=order.status)
            return
        alert, kind = self.find(order.alias), "alert.deduplicated"
        if alert is None or not alert.open:
            at = now()
            alert = Alert(str(uuid4()), len(self.alerts) + 1, order.alias, team, order.fields, at, at)
            self.alerts.append(alert)
            kind = "alert.created"
        else:
            alert.count, alert.updated = alert.count + 1, now()
        order.success, order.status, order.alert = True, "Created alert", alert.id
        self._commit(kind, alert, team, API, caller)
        if kind == "alert.created":
            self._announce("Create", alert, order.fields.get("user") or "API", API)

    def _on_open(self, order: Order, act: Callable[[Alert], bool]) -> None:
        alert = self.find(order.alias)
        if alert is None or not alert.open:
            order.status = "Alert does not exist"
            return
        order.alert, order.success = alert.id, act(alert)
        order.status = f"{order.action}d" if order.success else f"Alert is already {order.action.lower()}d"

    def find(self, alias: str) -> Alert | None:
        """The open alert of an alias, else the latest that is closed."""
        found = [alert for alert in self.alerts if alert.alias == alias]
        return next((alert for alert in found if alert.open), found[-1] if found else None)

    def acknowledge(self, alert: Alert, by: str, via: str = WEB, caller: str | None = None) -> bool:
        """Acknowledge; False where somebody has."""
        if alert.acknowledged_by is not None:
            return False
        alert.acknowledged_by, alert.acknowledged_at = by, now()
        return self._moved("Acknowledge", alert, by, via, caller)

    def unacknowledge(self, alert: Alert, by: str, via: str = WEB, caller: str | None = None) -> bool:
        """Take the acknowledgement back; False where there is none."""
        if alert.acknowledged_by is None:
            return False
        alert.acknowledged_by = alert.acknowledged_at = None
        return self._moved("UnAcknowledge", alert, by, via, caller)

    def close(self, alert: Alert, by: str, via: str = WEB, caller: str | None = None) -> bool:
        """Close it."""
        alert.status, alert.closed_by = "closed", by
        return self._moved("Close", alert, by, via, caller)

    def _moved(self, action: str, alert: Alert, by: str, via: str, caller: str | None) -> bool:
        alert.updated = now()
        self._commit(f"alert.{action.lower()}d", alert, by, via, caller)
        self._announce(action, alert, by, via)
        return True

    def _commit(self, kind: str, alert: Alert, by: str, via: str, caller: str | None) -> None:
        self._ledger.commit(
            kind,
            alert.id,
            caller,
            alias=alert.alias,
            alert_id=alert.id,
            team=alert.team,
            priority=alert.body.get("priority", "P3"),
            message=alert.body["message"],
            occurrences=alert.count,
            by=by,
            via=via,
        )

    def stop(self) -> None:
        """Carry nothing out any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def clear(self) -> None:
        """Forget every alert and every order."""
        self.stop()
        self.pending = self._settings.pending
        self.alerts.clear()
        self.orders.clear()
        self.refusals.clear()
