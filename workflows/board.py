"""The gate's board: who holds what, who waits for what, and how far automation has reached."""

from datetime import datetime

from holdline.domain.blast import Reach
from holdline.domain.book import Book
from holdline.domain.claim import Grant
from holdline.domain.entity import EntityKind
from holdline.domain.gate import Ledger
from holdline.domain.gate_messages import Board, Held, InLine, Tally
from workflows.markdown import clock, code

_ROWS = 20
_LIMITED = (EntityKind.TRUNK, EntityKind.QUEUE)


def board(book: Book, now: datetime) -> Board:
    """Copy what an operator may see."""
    ledger = book.ledger
    reach = ledger.reach.within(ledger.limits.blast_window, now)
    return Board(
        cap=ledger.cap,
        configured_cap=ledger.limits.cap,
        cap_by=book.cap_by,
        lease=ledger.limits.lease,
        quiet_until=ledger.quiet_until if ledger.quiet(now) else None,
        holders=tuple(_held(each) for each in ledger.grants),
        waiting=tuple(_in_line(ledger, place, now) for place in range(len(ledger.waiting))),
        tallies=tuple(_tally(ledger, reach, kind) for kind in _LIMITED),
        rows=book.rows,
    )


def _held(grant: Grant) -> Held:
    claim = grant.claim
    return Held(
        holder=claim.holder,
        resources=claim.resources,
        severity=claim.severity,
        since=grant.since,
        until=grant.until,
        token=grant.token,
        summary=claim.summary,
    )


def _in_line(ledger: Ledger, place: int, now: datetime) -> InLine:
    claim = ledger.waiting[place]
    return InLine(
        holder=claim.holder,
        resources=claim.resources,
        severity=claim.severity,
        arrived_at=claim.arrived_at,
        because=_because(ledger, place, now),
        summary=claim.summary,
    )


def _because(ledger: Ledger, place: int, now: datetime) -> str:
    """What a claim waits for."""
    if ledger.quiet(now):
        return "the gate has just been opened again: leases of the one before may still last"
    for resource in ledger.waiting[place].resources:
        if (held := ledger.holder_of(resource)) is not None:
            return f"{held.claim.holder} holds {resource}"
    if (ahead := ledger.ahead_of(place)) is not None:
        return f"{ahead.holder} is ahead and needs the same lock"
    return f"{len(ledger.grants)} changes are under way, the cap is {ledger.cap}"


def _tally(ledger: Ledger, reach: Reach, kind: EntityKind) -> Tally:
    most = ledger.limits.most(kind, ledger.queues) or 0
    return Tally(kind=kind, touched=len(reach.of(kind)), most=most, window=ledger.limits.blast_window)


def poster(shown: Board) -> str:
    """The board in Markdown; names from outside are printed as code."""
    cap = f"{len(shown.holders)} of {shown.cap} changes under way"
    by = f" (cap set by `{code(shown.cap_by)}`)" if shown.cap_by else ""
    quiet = f"**Nothing is granted before {clock(shown.quiet_until)} UTC.**" if shown.quiet_until else ""
    touched = " · ".join(f"{each.touched} of {each.most} {each.kind}s touched" for each in shown.tallies)
    parts = [f"### {cap}{by}, {len(shown.waiting)} waiting", quiet, touched, *_holders(shown), *_line(shown)]
    parts += [f"- {clock(row.at)} `{code(row.text)}`" for row in shown.rows[-_ROWS:]]
    return "\n\n".join(part for part in (*parts, "`holdline gate show`") if part)


def _holders(shown: Board) -> list[str]:
    rows = [
        f"| {each.severity} | `{code(each.holder)}` | `{code(', '.join(each.resources))}` | {clock(each.until)} |"
        for each in shown.holders[:_ROWS]
    ]
    return _table("| severity | holder | locks | lease ends (UTC) |", rows)


def _line(shown: Board) -> list[str]:
    rows = [
        f"| {each.severity} | `{code(each.holder)}` | `{code(', '.join(each.resources))}` | `{code(each.because)}` |"
        for each in shown.waiting[:_ROWS]
    ]
    return _table("| severity | waiting | locks | for |", rows)


def _table(head: str, rows: list[str]) -> list[str]:
    return ["\n".join((head, "|---|---|---|---|", *rows))] if rows else []
