"""Jira Service Management operations, and Opsgenie by the same requests: alerts that ring, named by an alias of ours.

https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events,
.../rest/v2/api-group-alerts and https://docs.opsgenie.com/docs/alert-api. An order is answered 202 before it is carried
out and may fail afterwards, so each is followed by its request id until the vendor says what became of it.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from holdline.clients.errors import lost
from holdline.clients.exchange import Ask, Exchange
from holdline.clients.jsm_shapes import OURS, Accepted, Alert, Counted, Listed, Outcome
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.wire import Attempt, Endpoint, Wire
from holdline.domain.incident import Severity
from holdline.domain.keys import alias_of
from holdline.domain.text import clean
from holdline.ports import (
    Call,
    OutcomeUnknown,
    Page,
    PageClosing,
    PageQuestion,
    PageState,
    Receipt,
    Rejected,
    VendorError,
)

VENDOR = "Jira Service Management"

PRIORITIES: Final = {Severity.CRITICAL: "P1", Severity.HIGH: "P2", Severity.MEDIUM: "P3", Severity.LOW: "P4"}
LOOKS: Final = tuple(timedelta(seconds=each) for each in (0.1, 0.2, 0.4, 0.8, 1.6))
"""The pauses before each look at what became of an order."""

Shape = TypeVar("Shape", bound=BaseModel)

_MESSAGE, _LONG = 130, 1000
_BY_ALIAS: Final = (("identifierType", "alias"),)
_REQUEST_BY_KEY, _REQUEST_BY_TOKEN = "/v2/alerts/requests/{requestId}", "/v1/alerts/requests/{requestId}"
_ALERT_BY_KEY, _ALERT_BY_TOKEN = "/v2/alerts/{alias}", "/v1/alerts/alias"
_MAY_BE_MISSING: Final = frozenset({_REQUEST_BY_KEY, _REQUEST_BY_TOKEN, _ALERT_BY_KEY, _ALERT_BY_TOKEN})
# The vendor shows these as HTML.
_NO_TAGS: Final = str.maketrans("<>", "‹›")


class Missing(Rejected):
    """There is no such alert, or the request is not processed yet."""


def _judge(exchange: Exchange, said: str) -> VendorError | None:
    """Only the vendor's own words make a 404 an answer: half of them, or another's, say nothing about the alert."""
    if exchange.status != 404 or exchange.ask.route not in _MAY_BE_MISSING:
        return None
    if exchange.fault is not None:
        return lost(exchange, "answered 404, but not to the end")
    return Missing(VENDOR, f"does not know it (404{said})") if said else None


@dataclass(frozen=True)
class Account:
    """Who reads alerts where integration keys may not: the address with the cloud id, an e-mail address, a token."""

    url: str
    email: str
    token: Reader


@dataclass(frozen=True)
class _Asking:
    """How alerts are read in one call of the port: by the key of a team, or by the account.

    The secret is read when something is asked: a page is not held back for want of it.
    """

    attempt: Attempt
    by_key: bool
    authorize: Callable[[Attempt], Awaitable[tuple[str, str]]]

    async def outcome(self, request_id: str) -> Outcome:
        route = _REQUEST_BY_KEY if self.by_key else _REQUEST_BY_TOKEN
        return await self.read(route, Outcome, parts={"requestId": request_id})

    async def alert(self, alias: str) -> Alert:
        if self.by_key:
            return await self.read(_ALERT_BY_KEY, Alert, parts={"alias": alias}, query=_BY_ALIAS)
        return await self.read(_ALERT_BY_TOKEN, Alert, query=(("alias", alias),))

    async def read(self, route: str, shape: type[Shape], **more: Any) -> Shape:
        authorization, secret = await self.authorize(self.attempt)
        ask = Ask(method="GET", route=route, headers={"Authorization": authorization}, hide=(secret,), **more)
        return await self.attempt.read(ask, shape)


class Jsm:
    """The port Pager. `teams` gives each name the key of an API integration, `account` reads where keys may not."""

    def __init__(
        self,
        *,
        url: str,
        teams: Mapping[str, Reader],
        account: Account | None = None,
        looks: tuple[timedelta, ...] = LOOKS,
        network: Network = USUAL,
    ) -> None:
        self._wire = Wire(Endpoint(vendor=VENDOR, credential="integration key", url=url, network=network, judge=_judge))
        self._teams = teams
        self._account = None if account is None else _Account(account, network)
        self._looks = looks

    async def page(self, page: Page) -> Receipt:
        """Create the alert; the same alias while it is open joins it."""
        asking = self._asking(page, page.service)
        outcome = await self._ordered(asking, page, page.service, Ask(method="POST", route="/v2/alerts"), _alert(page))
        if not outcome.is_success:
            raise Rejected(VENDOR, f"took the alert and did not create it: {_why(outcome)}")
        if outcome.alias != alias_of(page.key):
            raise OutcomeUnknown(VENDOR, "confirmed another alias than ours; the request may have been processed")
        return Receipt(id=page.key)

    async def silence(self, closing: PageClosing) -> Receipt:
        """Acknowledge; the vendor stops notifying and shows Holdline as the one who did it."""
        return await self._act(closing, "acknowledge")

    async def close(self, closing: PageClosing) -> Receipt:
        """Close; what is closed already, or was never there, is a success."""
        return await self._act(closing, "close")

    async def _act(self, closing: PageClosing, action: str) -> Receipt:
        """Order it by alias. Where the vendor could not do it, the alert itself says whether it is done already."""
        asking, alias = self._asking(closing, closing.service), alias_of(closing.key)
        ask = Ask(method="POST", route=f"/v2/alerts/{{alias}}/{action}", parts={"alias": alias}, query=_BY_ALIAS)
        outcome = await self._ordered(asking, closing, closing.service, ask, {"user": OURS, "source": OURS})
        if outcome.is_success:
            return Receipt(id=closing.key)
        alert = await _found(asking, alias)
        if alert is None or alert.closed or (action == "acknowledge" and alert.acknowledged):
            return Receipt(id=closing.key, adopted=True)
        raise Rejected(VENDOR, f"took the order to {action} the alert and did not do it: {_why(outcome)}")

    async def _ordered(self, asking: _Asking, call: Call, team: str, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        attempt = self._wire.attempt(call)
        key = await self._key(attempt, team)
        order = Ask(
            method=ask.method,
            route=ask.route,
            parts=ask.parts,
            query=ask.query,
            expect=202,
            headers={"Authorization": f"GenieKey {key}"},
            json=body,
            hide=(key,),
        )
        accepted = await attempt.write(order, Accepted)
        return await self._followed(asking, accepted.request_id)

    async def _followed(self, asking: _Asking, request_id: str) -> Outcome:
        """Look until the vendor knows; whatever goes wrong here leaves the order in doubt, for it was taken."""
        for pause in self._looks:
            await asyncio.sleep(pause.total_seconds())
            try:
                return await asking.outcome(request_id)
            except Missing:
                continue
            except VendorError as error:
                raise OutcomeUnknown(
                    VENDOR, f"took the request; what became of it is unknown: {error.reason}"
                ) from None
        raise OutcomeUnknown(VENDOR, "took the request and does not say yet what became of it")

    async def state(self, question: PageQuestion) -> PageState:
        """Read the alert by its alias; one that the vendor does not know (yet) has nobody."""
        alert = await _found(self._asking(question, question.service), alias_of(question.key))
        return PageState() if alert is None else alert.state

    def _asking(self, call: Call, team: str) -> _Asking:
        if self._account is not None:
            return self._account.asking(call)

        async def authorize(attempt: Attempt) -> tuple[str, str]:
            key = await self._key(attempt, team)
            return f"GenieKey {key}", key

        return _Asking(self._wire.attempt(call), True, authorize)

    async def _key(self, attempt: Attempt, team: str) -> str:
        return await attempt.reveal(f"integration key of team {team}", self._reader(team))

    def _reader(self, team: str) -> Reader:
        if team not in self._teams:
            known = ", ".join(sorted(self._teams)) or "none"
            raise Rejected(VENDOR, f"no team is called {clean(team)!r}; those configured are: {known}")
        return self._teams[team]

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - a key has no permissions
        """Prove the account where there is one, else each team's key; a key that may not read is proved by an alert."""
        if self._account is not None:
            await self._account.asking(call).read("/v1/alerts", Listed, query=(("size", "1"),))
            return
        for team in sorted(self._teams):
            await self._asking(call, team).read("/v2/alerts/count", Counted)

    async def aclose(self) -> None:
        """Close the connections to both hosts."""
        await self._wire.aclose()
        if self._account is not None:
            await self._account.wire.aclose()


class _Account:
    """The account with a wire of its own."""

    def __init__(self, account: Account, network: Network) -> None:
        self._account = account
        endpoint = Endpoint(vendor=VENDOR, credential="API token", url=account.url, network=network, judge=_judge)
        self.wire = Wire(endpoint)

    def asking(self, call: Call) -> _Asking:
        return _Asking(self.wire.attempt(call), False, self._authorize)

    async def _authorize(self, attempt: Attempt) -> tuple[str, str]:
        token = await attempt.reveal("API token", self._account.token)
        basic = base64.b64encode(f"{self._account.email}:{token}".encode()).decode()
        return f"Basic {basic}", token


async def _found(asking: _Asking, alias: str) -> Alert | None:
    try:
        return await asking.alert(alias)
    except Missing:
        return None


def _alert(page: Page) -> dict[str, Any]:
    """The body of a create; what a person reads is cleaned, what is empty is left out."""
    alert = {
        "message": _plain(page.summary, _MESSAGE),
        "alias": alias_of(page.key),
        "description": _plain(page.summary, _LONG),
        "entity": _plain(page.entity.label, _LONG),
        "source": OURS,
        "user": OURS,
        "priority": PRIORITIES[page.severity],
        "tags": [page.entity.kind.value],
        "details": {name: _plain(text, _LONG) for name, text in _details(page).items()},
    }
    return {name: value for name, value in alert.items() if value}


def _details(page: Page) -> dict[str, str]:
    where = {"entity": page.entity.id, "site": page.entity.site, "since": page.at.isoformat()}
    return {name: text for name, text in {**page.details, **where}.items() if text}


def _plain(text: str, limit: int) -> str:
    return clean(text, limit).translate(_NO_TAGS)


def _why(outcome: Outcome) -> str:
    return clean(outcome.status) or "it gives no reason"
