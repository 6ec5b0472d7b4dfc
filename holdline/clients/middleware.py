"""Middleware that scales capacity: a signed webhook of our own, documented in docs/reference/webhooks.md.

The key in `Idempotency-Key` makes a repetition the same order (class B); a success is `{"accepted": true, "id": …}`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, StrictBool

from holdline.clients.exchange import Ask
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.wire import Attempt, Endpoint, Wire
from holdline.domain import capacity
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.runbook import ActionRule
from holdline.domain.text import clean
from holdline.ports import Call, ChangeReceipt, OutcomeUnknown, Rejected
from holdline.seal import SIGNATURE, sign


class Accepted(BaseModel):
    """The middleware's answer; `repeated` where it had this order already."""

    accepted: StrictBool
    id: str | None = Field(default=None, min_length=1, max_length=200)
    repeated: StrictBool = False
    reason: str = ""


@dataclass(frozen=True)
class Webhook:
    """Where a middleware is called, and what the call is signed with."""

    url: str
    secret: Reader


class Webhooks:
    """The lever `call_webhook`: each webhook by its name in the configuration."""

    def __init__(self, webhooks: Mapping[str, Webhook], network: Network = USUAL) -> None:
        self._webhooks = webhooks
        self._wires = {name: Wire(_endpoint(name, each.url, network)) for name, each in webhooks.items()}

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say what would be asked for; nothing is read. Raises Rejected for a webhook that is not configured."""
        name = str(rule.webhook)
        self._known(name)
        # The key of a plan is `<workflow>:<epoch>:plan.<attempt>:<action>`; the incident is what stays the same.
        return capacity.plan(name, entity, call.effect.rsplit(":", 2)[0], rule.on)

    def _known(self, name: str) -> Webhook:
        if name not in self._webhooks:
            known = ", ".join(sorted(self._webhooks)) or "none"
            raise Rejected("Holdline", f"no webhook is called {clean(name)!r}; those configured are: {known}")
        return self._webhooks[name]

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Order the direction that is wanted; the receipt is the middleware's own id."""
        name = change.target.partition("/")[0]
        webhook = self._known(name)
        attempt = self._wires[name].attempt(call)
        answer = await attempt.write(await _order(attempt, webhook, change), Accepted)
        if not answer.accepted:
            raise Rejected(f"webhook {name}", f"did not accept the order: {clean(answer.reason) or 'it says no more'}")
        if not answer.id:
            raise OutcomeUnknown(f"webhook {name}", "accepted the order, but named no id for it")
        return ChangeReceipt(proof=f"order {clean(answer.id)}", state=change.wanted, adopted=answer.repeated)

    async def aclose(self) -> None:
        """Close the connections."""
        for wire in self._wires.values():
            await wire.aclose()


def _endpoint(name: str, url: str, network: Network) -> Endpoint:
    parts = urlsplit(url)
    return Endpoint(
        vendor=f"webhook {name}", credential="secret", url=f"{parts.scheme}://{parts.netloc}", network=network
    )


async def _order(attempt: Attempt, webhook: Webhook, change: Change) -> Ask:
    """The signed request; its body is signed as it is sent, byte for byte."""
    secret = await attempt.reveal("secret", webhook.secret)
    body = json.dumps(_body(change), ensure_ascii=False, separators=(",", ":")).encode()
    return Ask(
        method="POST",
        route=(urlsplit(webhook.url).path or "/").replace("{", "{{").replace("}", "}}"),
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": change.effect,
            SIGNATURE: sign(body, [secret], datetime.now(UTC)),
        },
        raw=body,
        hide=(secret,),
    )


def _body(change: Change) -> dict[str, Any]:
    told = change.parameters
    return {
        "action": "scale",
        "direction": change.wanted[0],
        "incident": told["incident"],
        "entity": {"kind": told["kind"], "id": change.target.partition("/")[2], "name": told["name"]},
        "level": told["level"],
    }
