"""Azure DevOps: tickets as work items, found again by a tag of ours, and written by JSON Patch.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-items (7.1). A token that is not accepted is answered 203
with a page to sign in at. The history of a change is a comment, so that what changes and its note are one request.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from holdline.clients.azure_devops_fields import HISTORY, STATE, markup, patch, tagged, written
from holdline.clients.azure_devops_shapes import Comments, Found, Item, Items, Kind
from holdline.clients.azure_devops_verdicts import judge
from holdline.clients.exchange import Ask
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.ticketing import lines, reopens, untold
from holdline.clients.wire import Attempt, Endpoint, Wire
from holdline.domain.text import clean
from holdline.domain.ticket import TicketForm
from holdline.ports import (
    CHANGES,
    COMMENT,
    SOMEBODY,
    Call,
    Conflict,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    TicketOrder,
    TicketReceipt,
    TicketState,
)

VENDOR = "Azure DevOps"

Shape = TypeVar("Shape", bound=BaseModel)

_WIT = "/{project}/_apis/wit"
_NEW = f"{_WIT}/workitems/${{type}}"
_ITEM = f"{_WIT}/workitems/{{workItemId}}"
_ITEMS = f"{_WIT}/workitems"
_COMMENTS = f"{_WIT}/workItems/{{workItemId}}/comments"
_WIQL = f"{_WIT}/wiql"
_TYPE = f"{_WIT}/workitemtypes/{{type}}"
_VERSION: Final = ("api-version", "7.1")
_COMMENTS_VERSION: Final = ("api-version", "7.1-preview.4")
_TAGGED: Final = (
    "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project "
    "AND [System.Tags] CONTAINS '{tag}' ORDER BY [System.CreatedDate]"
)
_PATCH: Final = "application/json-patch+json"
_FOUND, _NOTES, _TEXT = 100, 200, 30_000


@dataclass(frozen=True, kw_only=True)
class Area:
    """Where work items go. In a `new` state nobody has one by itself; in a `closed` one it is over.

    What is assigned to whoever created it, or to `user`, the account of the token, is nobody's.
    """

    project: str
    work_item_type: str = "Issue"
    new: tuple[str, ...] = ("New", "Active", "To Do", "Proposed", "Approved")
    closed: tuple[str, ...] = ("Closed", "Done", "Resolved", "Removed", "Completed")
    user: str = ""


class AzureDevOps:
    """The port Tickets. `url` is that of the organisation; `form` says what a ticket is made from, the tag is ours."""

    def __init__(self, *, url: str, token: Reader, area: Area, form: TicketForm, network: Network = USUAL) -> None:
        endpoint = Endpoint(vendor=VENDOR, credential="access token", url=url, network=network, judge=judge)
        self._wire = Wire(endpoint)
        self._url = url
        self._token = token
        self._area = area
        self._form = form

    async def find(self, order: TicketOrder) -> tuple[TicketReceipt, ...]:
        """Query by the tag, the oldest first, then read what was found."""
        attempt, tag = self._wire.attempt(order), tagged(order.key)
        query = (("$top", str(_FOUND)), _VERSION)
        ask = await self._ask(attempt, "POST", _WIQL, query=query, json={"query": _TAGGED.format(tag=tag)})
        ids = [each.id for each in (await attempt.read(ask, Found)).items]
        if not ids:
            return ()
        asked, fields = ",".join(map(str, ids)), f"{STATE},System.Tags"
        listed = (("ids", asked), ("fields", fields), ("errorPolicy", "omit"), _VERSION)
        found = (await attempt.read(await self._ask(attempt, "GET", _ITEMS, query=listed), Items)).value
        ours = [each for each in found if each is not None and tag in each.tags]
        return tuple(self._receipt(each, adopted=True) for each in sorted(ours, key=lambda item: ids.index(item.id)))

    async def open(self, order: TicketOrder) -> TicketReceipt:
        """Create it; the vendor folds nothing, so a caller in doubt looks first."""
        attempt = self._wire.attempt(order)
        fields = written(self._form.minimal if order.minimal else self._form.fields, order)
        tags = "; ".join(each for each in (fields.get("System.Tags", ""), tagged(order.key)) if each)
        body = fields | {"System.Tags": tags} | _note(order)
        return self._receipt(await self._patched(attempt, "POST", _NEW, body), sent=body)

    async def update(self, order: TicketOrder) -> TicketReceipt:
        """Write what changes and the note as one change, on the revision that was read.

        One that we have closed is opened again where the order says so; where that is refused it stays closed.

        What people have closed may refuse either: that is no failure, and the receipt says what, and that it is closed.
        """
        attempt = self._wire.attempt(order)
        fields = {} if order.minimal else written(self._form.changing, order)
        note = await self._unsaid(attempt, order)
        item = await self._read(attempt, order)
        reopening = self._reopening(order, item)
        if not (fields or note or reopening):
            return self._receipt(item)
        try:
            return self._receipt(await self._changed(attempt, order, fields | note, item), sent=fields | note)
        except (Invalid, Misconfigured):
            item = await self._read(attempt, order)
            if self._over(item):
                return self._receipt(item, lost=() if reopening else await self._left(attempt, order, fields, note))
            raise

    async def _left(
        self, attempt: Attempt, order: TicketOrder, fields: Mapping[str, str], note: Mapping[str, str]
    ) -> tuple[str, ...]:
        """What a closed work item does not take; the note is tried alone, for people read what they have closed."""
        if not fields or not note:
            return (CHANGES,) if fields else (COMMENT,)
        return (CHANGES, *await untold(self._patched(attempt, "PATCH", _ITEM, note, order), COMMENT))

    def _reopening(self, order: TicketOrder, item: Item) -> dict[str, str]:
        """The fields that open it again, where it is over and the order says so."""
        if not reopens(order) or not self._over(item):
            return {}
        return written(self._form.reopening, order)

    async def close(self, order: TicketOrder) -> TicketReceipt:
        """Move it to the state of `closing` with the note; one that is over is left as it is."""
        attempt = self._wire.attempt(order)
        item = await self._read(attempt, order)
        if self._over(item):
            return self._receipt(item, adopted=True)
        closing = written(self._form.closing, order)
        if order.minimal:
            closing = {name: value for name, value in closing.items() if name == STATE}
        body = closing | await self._unsaid(attempt, order)
        closed = await self._changed(attempt, order, body, item, left=True)
        if not self._over(closed):
            raise OutcomeUnknown(VENDOR, f"took the order, and the work item is still {clean(closed.state)!r}")
        return self._receipt(closed, sent=body)

    async def _changed(
        self, attempt: Attempt, order: TicketOrder, body: Mapping[str, str], item: Item, *, left: bool = False
    ) -> Item:
        """Change the revision that was read. Where somebody was faster it is read again, once.

        What they have closed is not opened again, and is `left` as it is where that is asked.
        """
        try:
            return await self._patched(
                attempt, "PATCH", _ITEM, {**body, **self._reopening(order, item)}, order, item.rev
            )
        except Conflict:
            fresh = await self._read(attempt, order)
            theirs = self._over(fresh) and not self._over(item)
            if theirs and left:
                return fresh
            body = {**body, **({} if theirs else self._reopening(order, fresh))}
            return await self._patched(attempt, "PATCH", _ITEM, body, order, fresh.rev) if body else fresh

    async def _patched(
        self,
        attempt: Attempt,
        method: Any,
        route: str,
        body: Mapping[str, str],
        order: TicketOrder | None = None,
        rev: int | None = None,
    ) -> Item:
        raw = json.dumps(patch(body, rev)).encode()
        item = await attempt.write(await self._ask(attempt, method, route, order, raw=raw), Item)
        if order is not None and str(item.id) != order.record:
            raise OutcomeUnknown(VENDOR, "confirmed another work item than ours; the request may have been processed")
        return item

    async def _unsaid(self, attempt: Attempt, order: TicketOrder) -> dict[str, str]:
        """The note, unless it may stand there already and does."""
        if not order.note or (order.again and await self._noted(attempt, order)):
            return {}
        return _note(order)

    async def _noted(self, attempt: Attempt, order: TicketOrder) -> bool:
        """Whether the note stands among the latest comments already."""
        query = (("$top", str(_NOTES)), ("order", "desc"), _COMMENTS_VERSION)
        found = await attempt.read(await self._ask(attempt, "GET", _COMMENTS, order, query=query), Comments)
        return any(f"[{order.tag}]" in each.text for each in found.comments)

    async def _read(self, attempt: Attempt, order: TicketOrder) -> Item:
        query = (("fields", f"{STATE},System.AssignedTo,System.CreatedBy"), _VERSION)
        return await attempt.read(await self._ask(attempt, "GET", _ITEM, order, query=query), Item)

    async def state(self, order: TicketOrder) -> TicketState:
        """Read who has it; a state that is not new counts as taken, unless it is we who write it."""
        item = await self._read(self._wire.attempt(order), order)
        return TicketState(acknowledged_by=self._taker(item, order), resolved=self._over(item))

    def _taker(self, item: Item, order: TicketOrder) -> str | None:
        who, ours = item.given, self._area.user.casefold()
        if who is not None and (not ours or who.account.casefold() != ours):
            return clean(who.name, 100) or SOMEBODY
        turned = STATE in self._form.changing or item.state == written(self._form.reopening, order).get(STATE)
        return None if turned or self._over(item) or item.state in self._area.new else SOMEBODY

    def _over(self, item: Item) -> bool:
        return item.state in self._area.closed

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - a scope cannot be asked for
        """Read the type of our work items, which proves the token, its scope and the project."""
        attempt = self._wire.attempt(call)
        await attempt.read(await self._ask(attempt, "GET", _TYPE), Kind)

    async def _ask(
        self, attempt: Attempt, method: Any, route: str, order: TicketOrder | None = None, **more: Any
    ) -> Ask:
        token = await attempt.reveal("access token", self._token)
        basic = base64.b64encode(f":{token}".encode()).decode()
        kind = {"Content-Type": _PATCH} if "raw" in more else {}
        record = "" if order is None else order.record
        parts = {"project": self._area.project, "type": self._area.work_item_type, "workItemId": record}
        return Ask(
            method=method,
            route=route,
            parts={name: part for name, part in parts.items() if f"{{{name}}}" in route},
            headers={"Authorization": f"Basic {basic}"} | kind,
            hide=(token, basic),
            **{"query": (_VERSION,)} | more,
        )

    def _receipt(
        self, item: Item, *, adopted: bool = False, sent: Mapping[str, str] | None = None, lost: tuple[str, ...] = ()
    ) -> TicketReceipt:
        """The receipt; a field that was sent and is not there was dropped by a rule."""
        return TicketReceipt(
            id=str(item.id),
            number=str(item.id),
            url=f"{self._url}/_workitems/edit/{item.id}",
            open=not self._over(item),
            adopted=adopted,
            dropped=(*lost, *(name for name in sent or () if name != HISTORY and name not in item.kept)),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


def _note(order: TicketOrder) -> dict[str, str]:
    return {HISTORY: markup(f"{lines(order.note, _TEXT)} [{order.tag}]")} if order.note else {}
