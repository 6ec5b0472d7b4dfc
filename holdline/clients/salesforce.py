"""Salesforce: cases, created by upsert with an external id, so that the same key twice is one case.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

from holdline.clients.exchange import Ask
from holdline.clients.login import Login
from holdline.clients.network import USUAL, Network
from holdline.clients.salesforce_rows import (
    CASE_ID,
    SHORT,
    WORKED,
    Case,
    Cases,
    Comments,
    Named,
    Records,
    Saved,
    Worked,
    Works,
    Written,
    select,
)
from holdline.clients.salesforce_verdicts import AlreadyThere, judge
from holdline.clients.secret import Reader
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
from holdline.domain.keys import external_of
from holdline.domain.text import clean, cut
from holdline.domain.ticket import FieldValue, TicketForm
from holdline.ports import (
    CHANGES,
    COMMENT,
    SOMEBODY,
    Call,
    CredentialsRefused,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    TicketOrder,
    TicketReceipt,
    TicketState,
    Unavailable,
    VendorError,
)

VENDOR = "Salesforce"

_LOGIN = "/services/oauth2/token"
_BASE = "/services/data/v{version}"
_KEYED = _BASE + "/sobjects/Case/{field}/{key}"
_SAVED = _BASE + "/composite/sobjects"
_COMMENT = _BASE + "/sobjects/CaseComment"
_QUERY = _BASE + "/query"

_KEY = 255
_STRANGE = "\\'\"%?#&+ "
_LONG = frozenset({"Description"})
_DESCRIPTION, _LINE, _NOTE = 32_000, 255, 4_000
_FOUND, _COMMENTS = 100, 200

Found = TypeVar("Found", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where cases are kept: the external id field, which must be unique, and the statuses in which nobody has one."""

    external_field: str = "Holdline_Key__c"
    new: tuple[str, ...] = ("New",)
    version: str = "59.0"


class Salesforce:
    """The port Tickets. A note is a comment on the case, looked for by its tag where it may stand there already."""

    def __init__(
        self,
        *,
        url: str,
        client_id: str,
        client_secret: Reader,
        form: TicketForm,
        desk: Desk | None = None,
        network: Network = USUAL,
    ) -> None:
        endpoint = Endpoint(vendor=VENDOR, credential="connected app", url=url, network=network, judge=judge)
        self._client_id = client_id
        self._login = Login(endpoint, client_secret, self._granted)
        self._wire = Wire(endpoint, self._login)
        self._url = url
        self._form = form
        self._desk = desk or Desk()

    def _granted(self, secret: str) -> Ask:
        """The request for a session; what the answer says of other hosts is not followed."""
        basic = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
        headers, form = {"Authorization": f"Basic {basic}"}, {"grant_type": "client_credentials"}
        return Ask(method="POST", route=_LOGIN, form=form, headers=headers, grants=True, hide=(secret, basic))

    async def find(self, order: TicketOrder) -> tuple[TicketReceipt, ...]:
        """Look by the external id; where the field is not unique there may be several. The older id comes first."""
        attempt = self._wire.attempt(order)
        found = [await self._found(attempt, key) for key in reversed(_keys(order))]
        return tuple(each for some in found for each in some)

    async def _found(self, attempt: Attempt, key: str) -> tuple[TicketReceipt, ...]:
        where = {self._desk.external_field: key}
        found = await self._query(attempt, select(SHORT, "Case", order="CreatedDate", limit=_FOUND, **where), Cases)
        return tuple(self._receipt(case, adopted=True) for case in found.records)

    async def open(self, order: TicketOrder) -> TicketReceipt:
        """Upsert it by the key, which may not stand in the body too, unless it is there: it would be written over.

        Where somebody else was first at the same instant, theirs is the ticket.
        """
        attempt = self._wire.attempt(order)
        for key in _keys(order):
            found = await self._found(attempt, key)
            if len(found) == 1:
                return found[0]
        return await self._upserted(attempt, order)

    async def _upserted(self, attempt: Attempt, order: TicketOrder) -> TicketReceipt:
        fields = _written(self._form.minimal if order.minimal else self._form.fields, order)
        fields.pop(self._desk.external_field, None)
        parts = {"field": self._desk.external_field, "key": _key(order)}
        ask = self._ask("PATCH", _KEYED, parts=parts, json=fields, expect=201, also=(200,))
        try:
            written = await attempt.write(ask, Written)
        except AlreadyThere as error:
            return await self._theirs(attempt, order, error)
        if not CASE_ID.fullmatch(written.id):
            raise OutcomeUnknown(VENDOR, "confirmed something else than a case; the request may have been processed")
        return await self._opened(attempt, written)

    async def _theirs(self, attempt: Attempt, order: TicketOrder, error: AlreadyThere) -> TicketReceipt:
        found = await self._found(attempt, _key(order))
        if not found:
            raise Unavailable(VENDOR, f"{error.reason}, and cannot be seen yet; nothing was written")
        return found[0]

    async def _opened(self, attempt: Attempt, written: Written) -> TicketReceipt:
        """The receipt with the number that people know; the case is there, whether or not it can be read now."""
        try:
            cases = await self._query(attempt, select(SHORT, "Case", Id=written.id), Cases)
        except VendorError:
            cases = Cases(records=())
        adopted = not written.created
        if cases.records:
            return self._receipt(cases.records[0], adopted=adopted)
        return TicketReceipt(id=written.id, adopted=adopted, url=self._link(written.id))

    async def update(self, order: TicketOrder) -> TicketReceipt:
        """Write what changes with the incident, which may be repeated, and then the note, which may not.

        One that we have closed is opened again where the order says so; where that is refused it stays closed.

        What people have closed may refuse either: that is no failure, and the receipt says what, and that it is closed.
        """
        attempt, id = self._wire.attempt(order), _id(order)
        case = await self._case(attempt, id)
        reopening = _written(self._form.reopening, order) if reopens(order) and case.closed else {}
        fields = ({} if order.minimal else _written(self._form.changing, order)) | reopening
        over = partial(self._over, attempt, id)
        lost = await untold(self._save(attempt, id, fields), CHANGES, over) if fields else ()
        if not (lost and reopening):
            lost += await untold(self._note(attempt, order, id), COMMENT, over)
        open = (bool(reopening) or not case.closed) and not lost
        return self._receipt(case, adopted=False).model_copy(update={"open": open, "dropped": lost})

    async def _over(self, attempt: Attempt, id: str) -> bool:
        return (await self._case(attempt, id)).closed

    async def _case(self, attempt: Attempt, id: str) -> Case:
        found: Case = _only((await self._query(attempt, select(SHORT, "Case", Id=id), Cases)).records)
        return found

    async def close(self, order: TicketOrder) -> TicketReceipt:
        """Say why, then close it; one that people have closed is left as they did.

        One that takes no comment is closed without it, and the receipt names it.
        """
        attempt, id = self._wire.attempt(order), _id(order)
        case = await self._case(attempt, id)
        if case.closed:
            return self._receipt(case, adopted=True)
        lost = await untold(self._note(attempt, order, id), COMMENT)
        changing = {} if order.minimal else _written(self._form.changing, order)
        fields = changing | _written(self._form.closing, order)
        await self._save(attempt, id, fields)
        return TicketReceipt(id=id, number=label(case.number), url=self._link(id), open=False, dropped=lost)

    async def _save(self, attempt: Attempt, id: str, fields: Mapping[str, str]) -> None:
        """Change the case as a list of one: a change of one alone is answered without a body to read."""
        row = {"attributes": {"type": "Case"}, "id": id, **fields}
        ask = self._ask("PATCH", _SAVED, json={"allOrNone": True, "records": [row]})
        (saved, *_) = (await attempt.write(ask, Saved)).root
        if saved.id[:15] != id[:15]:
            raise OutcomeUnknown(VENDOR, "confirmed another case than ours; the request may have been processed")

    async def _note(self, attempt: Attempt, order: TicketOrder, id: str) -> None:
        if not order.note or (order.again and await self._noted(attempt, order, id)):
            return
        body = {"ParentId": id, "CommentBody": f"{lines(order.note, _NOTE - 20)} [{order.tag}]"}
        await attempt.write(self._ask("POST", _COMMENT, json=body, expect=201), Written)

    async def _noted(self, attempt: Attempt, order: TicketOrder, id: str) -> bool:
        """Whether the note stands there; a comment's text cannot be asked for, so the latest are read."""
        asked = select("CommentBody", "CaseComment", order="CreatedDate DESC", limit=_COMMENTS, ParentId=id)
        found = await self._query(attempt, asked, Comments)
        return any(order.tag in (each.text or "") for each in found.records)

    async def state(self, order: TicketOrder) -> TicketState:
        """Read who has it and whether it is over."""
        attempt, id = self._wire.attempt(order), _id(order)
        found = await self._query(attempt, select(WORKED, "Case", Id=id), Works)
        case = _only(found.records)
        writer = _name(case.writer) if case.writer_id != case.creator else None
        taker = self._taker(case, writer, order)
        return TicketState(
            acknowledged_by=taker,
            resolved=case.closed,
            resolved_by=writer if case.closed else None,
            guessed=taker is not None and not case.owned,
        )

    def _taker(self, case: Worked, writer: str | None, order: TicketOrder) -> str | None:
        """Who has it: the user who owns it, unless that is whoever created it, which were we; else who moved it on.

        What we wrote last may be how we have opened it again, by which nobody has it.
        """
        if case.owned:
            return _name(case.owner)
        if case.status in self._desk.new:
            return None
        ours = "Status" in self._form.changing or case.status == _written(self._form.reopening, order).get("Status")
        return writer or (None if ours else SOMEBODY)

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - read, not asked for
        """Log in and read a case, by which the app, its user and the external id field are proved."""
        attempt = self._wire.attempt(call)
        try:
            await self._query(attempt, select(f"Id, {self._desk.external_field}", "Case"), Records)
        except Misconfigured as error:
            raise CredentialsRefused(VENDOR, error.reason) from None

    async def _query(self, attempt: Attempt, query: str, shape: type[Found]) -> Found:
        return await attempt.read(self._ask("GET", _QUERY, query=(("q", query),)), shape)

    def _ask(self, method: Any, route: str, *, parts: Mapping[str, str] | None = None, **more: Any) -> Ask:
        return Ask(method=method, route=route, parts={"version": self._desk.version, **(parts or {})}, **more)

    def _receipt(self, case: Case, *, adopted: bool) -> TicketReceipt:
        url = self._link(case.id)
        return TicketReceipt(id=case.id, adopted=adopted, number=label(case.number), url=url, open=not case.closed)

    def _link(self, id: str) -> str:
        return f"{self._url}/{id}"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
        await self._login.aclose()


def _key(order: TicketOrder) -> str:
    """The external id: it stands in a path, where slashes and dots have a meaning of their own."""
    return fitting(external_of(order.key), _KEY, _STRANGE).replace("/", ":")


def _keys(order: TicketOrder) -> tuple[str, ...]:
    """The external id, and the digest that a case of an earlier release has where its key has colons or dots."""
    earlier = fitting(order.key, _KEY, f":.{_STRANGE}").replace("/", ":")
    return tuple(dict.fromkeys((_key(order), earlier)))


def _id(order: TicketOrder) -> str:
    if not CASE_ID.fullmatch(order.record):
        raise Rejected(VENDOR, f"{clean(order.record, 40)!r} is no id of a case")
    return order.record


def _only(cases: tuple[Case, ...]) -> Any:
    if not cases:
        raise Rejected(VENDOR, "the case is gone, or may not be seen")
    return cases[0]


def _name(somebody: Named | None) -> str | None:
    return None if somebody is None else clean(somebody.name, 100) or None


def _written(fields: Mapping[str, FieldValue], order: TicketOrder) -> dict[str, str]:
    """The fields as long as the vendor takes them; a longer one would be refused."""
    found = filled(fields, order).items()
    return {name: cut(text, _DESCRIPTION) if name in _LONG else line(text, _LINE) for name, text in found}
