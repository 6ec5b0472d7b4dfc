"""Jira Cloud: tickets as issues, found again by a label of ours, because nothing there is folded by a key.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/. What has just been written takes seconds to be found by a
search, so a caller in doubt looks several times.
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from holdline.clients.exchange import Ask
from holdline.clients.jira_fields import document, written
from holdline.clients.jira_shapes import Comments, Created, Found, Granted, Issue, Noted, Transition
from holdline.clients.jira_verdicts import judge
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.ticketing import label, lines, reopens, untold
from holdline.clients.wire import Attempt, Endpoint, Wire
from holdline.domain.keys import label_of
from holdline.domain.text import clean
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
    Throttled,
    TicketOrder,
    TicketReceipt,
    TicketState,
    Unavailable,
    VendorError,
)

VENDOR = "Jira"

LOOKS: Final = (timedelta(0), timedelta(seconds=1), timedelta(seconds=2))
"""The pauses before each search for an issue that may have been created just now."""

PERMISSIONS: Final = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES")

_ISSUES = "/rest/api/3/issue"
_ISSUE = "/rest/api/3/issue/{issueId}"
_COMMENTS = f"{_ISSUE}/comment"
_TRANSITIONS = f"{_ISSUE}/transitions"
_SEARCH = "/rest/api/3/search/jql"
_MINE = "/rest/api/3/mypermissions"
_FOUND, _NOTES = 100, 100
_TEXT = 30_000
_LABEL = 255


@dataclass(frozen=True, kw_only=True)
class Board:
    """Where issues go, and the transitions that end one and open it again.

    Without a name it is the first that leads to a done status, or to one that is not, a new one before others.
    """

    project: str
    issue_type: str = "Task"
    close_transition: str = ""
    reopen_transition: str = ""


class Jira:
    """The port Tickets. `form` says what a ticket is made from; label, project and type are always ours."""

    def __init__(
        self,
        *,
        url: str,
        email: str,
        token: Reader,
        board: Board,
        form: TicketForm,
        looks: tuple[timedelta, ...] = LOOKS,
        network: Network = USUAL,
    ) -> None:
        self._wire = Wire(Endpoint(vendor=VENDOR, credential="API token", url=url, network=network, judge=judge))
        self._url = url
        self._email = email
        self._token = token
        self._board = board
        self._form = form
        self._looks = looks

    async def find(self, order: TicketOrder) -> tuple[TicketReceipt, ...]:
        """Search by the label, the oldest first; several times where nothing is found, for the index lags."""
        attempt = self._wire.attempt(order)
        query = {
            "jql": f'labels = "{label_of(order.key)}" ORDER BY created ASC',
            "fields": ["status", "labels"],
            "maxResults": _FOUND,
        }
        sure = {"reconcileIssues": [int(order.record)]} if order.record.isdecimal() else {}
        for pause in self._looks:
            await asyncio.sleep(pause.total_seconds())
            found = await attempt.read(await self._ask(attempt, "POST", _SEARCH, json=query | sure), Found)
            ours = [each for each in found.issues if label_of(order.key) in each.fields.labels]
            if ours:
                return tuple(self._receipt(each, adopted=True) for each in ours)
        return ()

    async def open(self, order: TicketOrder) -> TicketReceipt:
        """Create it; the vendor folds nothing, so a caller in doubt looks first. Its labels are in every webhook."""
        attempt = self._wire.attempt(order)
        fields = written(self._form.minimal if order.minimal else self._form.fields, order)
        ours = {
            "project": {"key": self._board.project},
            "issuetype": {"name": self._board.issue_type},
            "labels": [*fields.get("labels", ()), *_labels(order.key)],
        }
        ask = await self._ask(attempt, "POST", _ISSUES, json={"fields": fields | ours}, expect=201)
        created = await attempt.write(ask, Created)
        return TicketReceipt(id=created.id, number=label(created.key), url=self._link(created.key))

    async def update(self, order: TicketOrder) -> TicketReceipt:
        """Write what changes, then add the note: last, because it is the only part that must not be repeated.

        One that we have closed is opened again first where the order says so; where there is no way it stays closed.

        What people have closed may refuse either: that is no failure, and the receipt says what, and that it is closed.
        """
        attempt = self._wire.attempt(order)
        issue = await self._opened_again(attempt, order) if reopens(order) else None
        if issue is not None and issue.done:
            return self._receipt(issue)
        over = partial(self._over, attempt, order)
        lost = await untold(self._edit(attempt, order), CHANGES, over)
        issue = issue or await self._read(attempt, order)
        lost += await untold(self._say(attempt, order), COMMENT, over)
        told = self._receipt(issue, lost=lost)
        return told.model_copy(update={"open": False}) if lost else told

    async def _edit(self, attempt: Attempt, order: TicketOrder) -> None:
        fields = {} if order.minimal else written(self._form.changing, order, labels=False)
        if fields:
            await attempt.order(await self._ask(attempt, "PUT", _ISSUE, order, json={"fields": fields}, empty=True))

    async def _over(self, attempt: Attempt, order: TicketOrder) -> bool:
        return (await self._read(attempt, order)).done

    async def _opened_again(self, attempt: Attempt, order: TicketOrder) -> Issue:
        """The issue, moved out of its done status where it is in one and the vendor lets us."""
        issue = await self._read(attempt, order, expand="transitions")
        way = self._way_back(issue)
        if not issue.done or way is None:
            return issue
        try:
            await self._move(attempt, order, way, self._form.reopening)
        except (Invalid, Misconfigured):
            return await self._read(attempt, order)
        return await self._proven(attempt, order, done=False)

    def _way_back(self, issue: Issue) -> Transition | None:
        """The transition that opens it again; None where it is closed for good."""
        named = self._board.reopen_transition.casefold()
        ways = [each for each in issue.transitions if each.to.category != "done"]
        ways = [each for each in ways if each.name.casefold() == named] if named else ways
        return min(ways, key=lambda each: each.to.category != "new", default=None)

    async def _say(self, attempt: Attempt, order: TicketOrder) -> None:
        """Add the note as a comment; where it may stand there already it is looked for."""
        if not order.note or (order.again and await self._noted(attempt, order)):
            return
        body = {"body": _note(order)}
        await attempt.write(await self._ask(attempt, "POST", _COMMENTS, order, json=body, expect=201), Noted)

    async def _noted(self, attempt: Attempt, order: TicketOrder) -> bool:
        """Whether the note stands among the latest comments already."""
        query = {"orderBy": "-created", "maxResults": str(_NOTES)}
        found = await attempt.read(await self._ask(attempt, "GET", _COMMENTS, order, query=query), Comments)
        return any(f"[{order.tag}]" in each.text for each in found.comments)

    async def close(self, order: TicketOrder) -> TicketReceipt:
        """Move it to a done status, then say why: a transition takes a comment only where it has a screen for one.

        One that people have closed is left as it is; where it may have been we, the reason may still be missing.
        """
        attempt = self._wire.attempt(order)
        issue = await self._read(attempt, order, expand="transitions")
        if issue.done:
            lost = await self._explained(attempt, order) if order.again else ()
            return self._receipt(issue, adopted=True, lost=lost)
        await self._move(attempt, order, self._ending(issue), self._form.closing)
        closed = await self._proven(attempt, order, done=True)
        try:
            lost = await self._explained(attempt, order)
        except (Unavailable, Throttled) as error:
            raise OutcomeUnknown(VENDOR, f"closed the issue; why is not written there yet: {error.reason}") from None
        return self._receipt(closed, lost=lost)

    async def _explained(self, attempt: Attempt, order: TicketOrder) -> tuple[str, ...]:
        """Say why it is closed. What is not kept is named: a closed issue may take no comment."""
        return await untold(self._say(attempt, order), COMMENT)

    async def _move(
        self, attempt: Attempt, order: TicketOrder, way: Transition, form: Mapping[str, FieldValue]
    ) -> None:
        """Take a transition, with the fields that its screen asks for."""
        fields = {} if order.minimal else written(form, order, labels=False)
        move: dict[str, Any] = {"transition": {"id": way.id}} | ({"fields": fields} if fields else {})
        await attempt.order(await self._ask(attempt, "POST", _TRANSITIONS, order, json=move, empty=True))

    def _ending(self, issue: Issue) -> Transition:
        """The transition that ends it. Raises Misconfigured where the workflow has none from here."""
        named = self._board.close_transition.casefold()
        for each in issue.transitions:
            if each.name.casefold() == named or (not named and each.to.category == "done"):
                return each
        there = ", ".join(clean(each.name) for each in issue.transitions) or "none"
        wanted = f"called {self._board.close_transition!r}" if named else "to a done status"
        raise Misconfigured(
            VENDOR,
            f"there is no transition {wanted} from {clean(issue.status)!r}; set close_transition to one of {there}",
        )

    async def _proven(self, attempt: Attempt, order: TicketOrder, *, done: bool) -> Issue:
        """The issue as it is after the order, which is answered without a body."""
        try:
            issue = await self._read(attempt, order)
        except VendorError as error:
            raise OutcomeUnknown(VENDOR, f"took the order; what became of it is unknown: {error.reason}") from None
        if issue.done is not done:
            raise OutcomeUnknown(VENDOR, f"took the order, and the issue is still {clean(issue.status)!r}")
        return issue

    async def state(self, order: TicketOrder) -> TicketState:
        """Read who has it; a status that is not new counts as taken, whoever is named."""
        issue = await self._read(self._wire.attempt(order), order, fields="status,assignee,creator")
        return TicketState(acknowledged_by=self._taker(issue, order), resolved=issue.done)

    def _taker(self, issue: Issue, order: TicketOrder) -> str | None:
        who = issue.given
        if who is not None and who.email != self._email:
            return clean(who.name, 100) or SOMEBODY
        return SOMEBODY if issue.category == "indeterminate" and not order.reopen else None

    async def _read(self, attempt: Attempt, order: TicketOrder, *, fields: str = "status", expand: str = "") -> Issue:
        query = {"fields": fields} | ({"expand": expand} if expand else {})
        return await attempt.read(await self._ask(attempt, "GET", _ISSUE, order, query=query), Issue)

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - ours are named here
        """Ask for the permissions in the project."""
        attempt = self._wire.attempt(call)
        query = {"projectKey": self._board.project, "permissions": ",".join(PERMISSIONS)}
        granted = (await attempt.read(await self._ask(attempt, "GET", _MINE, query=query), Granted)).permissions
        missing = [name for name in PERMISSIONS if name not in granted or not granted[name].have]
        if missing:
            raise CredentialsRefused(VENDOR, f"the account lacks {', '.join(missing)} in {self._board.project}")

    async def _ask(
        self,
        attempt: Attempt,
        method: Any,
        route: str,
        order: TicketOrder | None = None,
        *,
        query: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Ask:
        token = await attempt.reveal("API token", self._token)
        basic = base64.b64encode(f"{self._email}:{token}".encode()).decode()
        return Ask(
            method=method,
            route=route,
            parts={} if order is None else {"issueId": order.record},
            query=tuple((query or {}).items()),
            headers={"Authorization": f"Basic {basic}"},
            hide=(token, basic),
            **more,
        )

    def _receipt(self, issue: Issue, *, adopted: bool = False, lost: tuple[str, ...] = ()) -> TicketReceipt:
        link, number = self._link(issue.key), label(issue.key)
        return TicketReceipt(id=issue.id, adopted=adopted, number=number, url=link, open=not issue.done, dropped=lost)

    def _link(self, key: str) -> str:
        return f"{self._url}/browse/{label(key)}"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


def _labels(key: str) -> tuple[str, ...]:
    """What it is found by, and the key itself, by which a webhook names the incident whatever else the issue says."""
    whole = key.isprintable() and " " not in key and len(key) <= _LABEL
    return (label_of(key), key) if whole else (label_of(key),)


def _note(order: TicketOrder) -> dict[str, Any]:
    return document(f"{lines(order.note, _TEXT)} [{order.tag}]")
