"""What the vendors committed, counted from their ledgers: how often each thing happened, and what happened twice."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]


@dataclass(frozen=True)
class Count:
    """How often each effect was committed; `duplicates` are effects that should not be there a second time."""

    opened: int
    closed: int
    folded: int
    texts: int
    changed: int
    put_back: int
    duplicates: int
    tickets: int = 0
    tickets_closed: int = 0
    messages: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything that was opened is closed, and everything that was changed is put back."""
        pages, route = self.opened == self.closed, self.changed == self.put_back
        return pages and route and self.tickets == self.tickets_closed

    def sentence(self) -> str:
        """One line that a person reads; what did not happen is left out."""
        parts = [
            _both(self.opened, self.closed, "page"),
            _times(self.folded, "repeated request folded by PagerDuty's key", "repeated requests folded by its key"),
            _times(self.texts, "text", "texts"),
            _both(self.tickets, self.tickets_closed, "ticket"),
            _times(self.messages, "message in a room", "messages in rooms"),
            _route(self.changed, self.put_back),
            f"{self.duplicates} duplicate{'' if self.duplicates == 1 else 's'}",
        ]
        return ", ".join(part for part in parts if part)

    def complaints(self) -> list[str]:
        """What is not as it should be."""
        found = []
        if self.duplicates:
            found.append(f"{self.duplicates} effects happened twice")
        if self.opened != self.closed:
            found.append(f"{self.opened} pages were opened and {self.closed} closed")
        if self.tickets != self.tickets_closed:
            found.append(f"{self.tickets} tickets were opened and {self.tickets_closed} closed")
        if self.changed != self.put_back:
            found.append(f"the route was changed {self.changed} times and put back {self.put_back} times")
        return found


@dataclass(frozen=True)
class Ledgers:
    """The ledgers of the vendors."""

    genesys: list[Entry]
    pagerduty: list[Entry]
    twilio: list[Entry]
    servicenow: list[Entry]
    slack: list[Entry]

    def count(self) -> Count:
        """Count the effects."""
        opened = [(each["service"], each["dedup_key"]) for each in _of(self.pagerduty, "page.triggered")]
        closed = [each["incident_id"] for each in _of(self.pagerduty, "page.resolved")]
        texts = [(each["to"], each["body"]) for each in _of(self.twilio, "sms.created")]
        tickets = [each["correlation"] for each in _of(self.servicenow, "ticket.created")]
        ended = [each["id"] for each in _of(self.servicenow, "ticket.closed")]
        messages = _of(self.slack, "slack.posted")
        changes = _of(self.genesys, "route.changed")
        there = [each["route_id"] for each in changes if not _as_before(changes, each)]
        back = [each["route_id"] for each in changes if _as_before(changes, each)]
        return Count(
            opened=len(opened),
            closed=len(closed),
            folded=len(_of(self.pagerduty, "page.deduplicated")),
            texts=len(texts),
            changed=len(there),
            put_back=len(back),
            tickets=len(tickets),
            tickets_closed=len(ended),
            messages=len(messages),
            duplicates=sum(
                len(each) - len(Counter(each)) for each in (opened, closed, texts, tickets, ended, there, back)
            )
            + sum(each["count"] > 1 for each in messages),
        )


def _of(ledger: list[Entry], kind: str) -> list[Entry]:
    return [entry for entry in ledger if entry["kind"] == kind]


def _as_before(changes: list[Entry], change: Entry) -> bool:
    """Whether a change of a route has put back the order that the first one found."""
    first = next(each for each in changes if each["route_id"] == change["route_id"])
    return bool(change["after"] == first["before"])


def _both(opened: int, closed: int, what: str) -> str:
    if not opened:
        return ""
    noun = what if opened == 1 else f"{what}s"
    return f"{opened} {noun} opened and closed" if opened == closed else f"{opened} {noun} opened, {closed} closed"


def _times(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def _route(changed: int, put_back: int) -> str:
    if not changed:
        return ""
    return f"route changed {_often(changed)} and put back {_often(put_back)}"


def _often(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
