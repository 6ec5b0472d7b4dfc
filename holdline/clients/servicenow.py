"""ServiceNow: tickets by the Table API, or created through an import set whose transform map coalesces.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html and c_ImportSetAPI.html there
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdline.clients.exchange import Ask
from holdline.clients.login import Login
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.servicenow_rows import Imported, Looked, One, Row, Several, Worked, dropped
from holdline.clients.servicenow_verdicts import NothingFound, judge
from holdline.clients.ticketing import (
    filled,
    fitting,
    label,
    line,
    lines,
    reopens,
    untold,
)
from holdline.clients.wire import Attempt, Endpoint, Wire
from holdline.domain.text import clean, cut
from holdline.domain.ticket import FieldValue, TicketForm
from holdline.ports import (
    CHANGES,
    COMMENT,
    SOMEBODY,
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    TicketOrder,
    TicketReceipt,
    TicketState,
)

VENDOR = "ServiceNow"

_TABLE = "/api/now/v2/table/{table}"
_RECORD = "/api/now/v2/table/{table}/{sysId}"
_IMPORT = "/api/now/import/{stagingTable}"
_LOGIN = "/oauth_token.do"
_KEY = 100
_TITLE = 160
_TEXT = 4000
_FOUND = 100
_ONE_LINE = "short_description"
_CODE, _SHOWN = re.compile(r"\[(/?)code\]", re.IGNORECASE), r"(\1code)"
"""What stands between [code] and [/code] in a journal would be shown as HTML."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who we are there: a user with a password, or an OAuth client (client credentials) that acts as that user."""

    user: str = ""
    password: Reader | None = None
    client_id: str = ""
    client_secret: Reader | None = None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where tickets are kept. Above `new` states somebody has a ticket; in a `closed` state it is over.

    With an `import_table` they are created through it, by its transform map.
    """

    table: str = "incident"
    import_table: str = ""
    new: tuple[str, ...] = ("1",)
    closed: tuple[str, ...] = ("6", "7", "8")


class ServiceNow:
    """The port Tickets. `form` says what a ticket is made from; the correlation id is always ours."""

    def __init__(
        self, *, url: str, account: Account, form: TicketForm, desk: Desk | None = None, network: Network = USUAL
    ) -> None:
        what = "password" if account.client_secret is None else "OAuth client"
        endpoint = Endpoint(vendor=VENDOR, credential=what, url=url, network=network, judge=judge)
        self._login = None if account.client_secret is None else _login(endpoint, account, account.client_secret)
        self._wire = Wire(endpoint, self._login)
        self._url = url
        self._account = account
        self._form = form
        self._desk = desk or Desk()

    async def find(self, order: TicketOrder) -> tuple[TicketReceipt, ...]:
        """Look by correlation id. What the query finds beyond it, as an instance may that lacks the field, is left."""
        return await self._found(self._wire.attempt(order), _key(order))

    async def _found(self, attempt: Attempt, key: str) -> tuple[TicketReceipt, ...]:
        query = {
            "sysparm_query": f"correlation_id={key}^ORDERBYsys_created_on",
            "sysparm_limit": str(_FOUND),
            **_fields("sys_id", "number", "state", "correlation_id", "sys_created_on"),
        }
        try:
            rows = (await attempt.read(await self._ask(attempt, "GET", _TABLE, query=query), Several)).result
        except NothingFound:
            return ()
        ours = sorted((row for row in rows if row.correlation_id == key), key=lambda row: row.sys_created_on)
        return tuple(self._receipt(row, adopted=True) for row in ours)

    async def open(self, order: TicketOrder) -> TicketReceipt:
        """Create it; without an import table the vendor folds nothing, so a caller in doubt looks first."""
        attempt, key = self._wire.attempt(order), _key(order)
        fields = self._form.minimal if order.minimal else self._form.fields
        body = {"correlation_display": "Holdline"} | _written(fields, order) | {"correlation_id": key}
        if self._desk.import_table:
            return await self._kept(attempt, key) or await self._imported(attempt, body | _note(order))
        query = _fields("sys_id", "number", "state", *body)
        ask = await self._ask(attempt, "POST", _TABLE, query=query, json=body | _note(order), expect=201)
        row = (await attempt.write(ask, One)).result
        return self._receipt(row, lost=dropped(row, body))

    async def _kept(self, attempt: Attempt, key: str) -> TicketReceipt | None:
        """The ticket that is there already, an open one first: folding would write over what people set in it."""
        found = await self._found(attempt, key)
        return next((each for each in found if each.open), found[0] if found else None)

    async def _imported(self, attempt: Attempt, body: dict[str, str]) -> TicketReceipt:
        """Create it through the transform map, which finds the record of the same correlation id by itself."""
        ask = await self._ask(attempt, "POST", _IMPORT, json=body, also=(201,))
        rows = (await attempt.write(ask, Imported)).result
        failed = next((row for row in rows if row.status == "error"), None)
        if failed is not None:
            raise Invalid(VENDOR, f"the transform map refused the ticket: {clean(failed.error_message, 300)}")
        row = next((row for row in rows if row.table in (self._desk.table, "") and row.sys_id), None)
        if row is None:
            raise OutcomeUnknown(VENDOR, "the import names no record; the ticket may have been created")
        url, adopted = self._link(row.sys_id), row.status != "inserted"
        return TicketReceipt(id=row.sys_id, number=label(row.display_value), url=url, adopted=adopted)

    async def update(self, order: TicketOrder) -> TicketReceipt:
        """Write what changes with the incident, and add the note, unless it stands there already.

        One that we have closed is opened again where the order says so.

        What people have closed may refuse either: that is no failure, and the receipt says what, and that it is closed.
        """
        attempt = self._wire.attempt(order)
        body = {} if order.minimal else _written(self._form.changing, order)
        over = reopens(order) and (await self._read(attempt, order)).state in self._desk.closed
        reopening = _written(self._form.reopening, order) if over else {}
        noted = order.again and bool(order.note) and order.tag in await self._notes(attempt, order)
        note = {} if noted else _note(order)
        try:
            return await self._patched(attempt, order, body | reopening, note)
        except (Invalid, Misconfigured):
            row = await self._read(attempt, order)
            if row.state in self._desk.closed:
                return self._receipt(row, lost=() if reopening else await self._left(attempt, order, body, note))
            raise

    async def _left(
        self, attempt: Attempt, order: TicketOrder, body: dict[str, str], note: dict[str, str]
    ) -> tuple[str, ...]:
        """What a closed record does not take; the note is tried alone, for people read what they have closed."""
        if not body:
            return (COMMENT,)
        return (CHANGES, *await untold(self._patched(attempt, order, {}, note), COMMENT))

    async def close(self, order: TicketOrder) -> TicketReceipt:
        """Resolve it; one that people have closed is left as they did."""
        attempt = self._wire.attempt(order)
        row = await self._read(attempt, order)
        if row.state in self._desk.closed:
            return self._receipt(row, adopted=True)
        changing = {} if order.minimal else _written(self._form.changing, order)
        return await self._patched(attempt, order, changing | _written(self._form.closing, order), {})

    async def _patched(
        self, attempt: Attempt, order: TicketOrder, body: dict[str, str], note: dict[str, str]
    ) -> TicketReceipt:
        if not body and not note:
            return self._receipt(await self._read(attempt, order))
        query = _fields("sys_id", "number", "state", *body)
        ask = await self._ask(attempt, "PATCH", _RECORD, order.record, query=query, json=body | note)
        row = (await attempt.write(ask, One)).result
        if row.sys_id != order.record:
            raise OutcomeUnknown(VENDOR, "confirmed another record than ours; the request may have been processed")
        return self._receipt(row, lost=dropped(row, body))

    async def _read(self, attempt: Attempt, order: TicketOrder) -> Row:
        query = _fields("sys_id", "number", "state")
        return (await attempt.read(await self._ask(attempt, "GET", _RECORD, order.record, query=query), One)).result

    async def _notes(self, attempt: Attempt, order: TicketOrder) -> str:
        query = {**_fields("work_notes"), "sysparm_display_value": "all"}
        looked = await attempt.read(await self._ask(attempt, "GET", _RECORD, order.record, query=query), Looked)
        return looked.result.work_notes.display_value

    async def state(self, order: TicketOrder) -> TicketState:
        """Read who has it and whether it is over; a state above new counts as taken, whoever is named."""
        attempt = self._wire.attempt(order)
        fields = _fields("state", "assigned_to", "resolved_by", "sys_updated_by")
        query = {**fields, "sysparm_display_value": "all"}
        row = (await attempt.read(await self._ask(attempt, "GET", _RECORD, order.record, query=query), Looked)).result
        over, taker = row.state.value in self._desk.closed, self._taker(row, order)
        return TicketState(
            acknowledged_by=taker,
            resolved=over,
            resolved_by=(clean(row.resolved_by.display_value, 100) or None) if over else None,
            guessed=taker is not None and not row.assigned_to.display_value,
        )

    def _taker(self, row: Worked, order: TicketOrder) -> str | None:
        """Who has it. Where nobody is named it was whoever wrote last, unless that were we ourselves.

        What we wrote last may be how we have opened it again, by which nobody has it.
        """
        if row.assigned_to.display_value:
            return clean(row.assigned_to.display_value, 100)
        if row.state.value in ("", *self._desk.new):
            return None
        writer = row.sys_updated_by.value
        if writer and writer != self._account.user:
            return clean(writer, 100)
        ours = "state" in self._form.changing or row.state.value == _written(self._form.reopening, order).get("state")
        return None if ours else SOMEBODY

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - roles cannot be asked for
        """Read one record of the table, by which login and the right to read are proved."""
        attempt = self._wire.attempt(call)
        query = {**_fields("sys_id"), "sysparm_limit": "1"}
        try:
            await attempt.read(await self._ask(attempt, "GET", _TABLE, query=query), Several)
        except Misconfigured as error:
            raise CredentialsRefused(VENDOR, error.reason) from None

    async def _ask(
        self,
        attempt: Attempt,
        method: Any,
        route: str,
        record: str = "",
        *,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Ask:
        headers, hide = await self._authorized(attempt)
        known = {"table": self._desk.table, "stagingTable": self._desk.import_table, "sysId": record}
        return Ask(
            method=method,
            route=route,
            parts={name: part for name, part in known.items() if f"{{{name}}}" in route},
            query=tuple((query or {}).items()),
            json=json,
            headers=headers,
            hide=hide,
            **more,
        )

    async def _authorized(self, attempt: Attempt) -> tuple[dict[str, str], tuple[str, ...]]:
        if self._account.password is None or self._login is not None:
            return {}, ()
        password = await attempt.reveal("password", self._account.password)
        basic = base64.b64encode(f"{self._account.user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {basic}"}, (password, basic)

    def _receipt(self, row: Row, *, adopted: bool = False, lost: tuple[str, ...] = ()) -> TicketReceipt:
        return TicketReceipt(
            id=row.sys_id,
            adopted=adopted,
            number=label(row.number),
            url=self._link(row.sys_id),
            open=row.state not in self._desk.closed,
            dropped=lost,
        )

    def _link(self, record: str) -> str:
        return f"{self._url}/{self._desk.table}.do?sys_id={record}"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
        if self._login is not None:
            await self._login.aclose()


def _login(endpoint: Endpoint, account: Account, secret: Reader) -> Login:
    def asked(value: str) -> Ask:
        client = {"client_id": account.client_id, "client_secret": value}
        form = {"grant_type": "client_credentials", **client}
        return Ask(method="POST", route=_LOGIN, form=form, grants=True, hide=(value,))

    return Login(endpoint, secret, asked)


def _key(order: TicketOrder) -> str:
    """The correlation id: a field of 100 characters, and a caret would end the condition of a query."""
    return fitting(order.key, _KEY, "^")


def _fields(*names: str) -> dict[str, str]:
    return {"sysparm_fields": ",".join(dict.fromkeys(names)), "sysparm_exclude_reference_link": "true"}


def _written(fields: Mapping[str, FieldValue], order: TicketOrder) -> dict[str, str]:
    found = {name: _CODE.sub(_SHOWN, text) for name, text in filled(fields, order).items()}
    return {name: line(text, _TITLE) if name == _ONE_LINE else cut(text, _TEXT) for name, text in found.items()}


def _note(order: TicketOrder) -> dict[str, str]:
    return {"work_notes": f"{_CODE.sub(_SHOWN, lines(order.note, _TEXT - 20))} [{order.tag}]"} if order.note else {}
