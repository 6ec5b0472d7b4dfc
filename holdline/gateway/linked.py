"""What a signed link does: GET shows what it is good for and changes nothing, POST orders it, once.

Programs that look through mail open links, so that only the button acts. A press is kept in the journal before anything
is said about it; the digest of the token is its id there and in the update, so that a second press is the first.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from holdline.domain.acknowledgement import Via
from holdline.domain.button import Button
from holdline.domain.messages import Snapshot
from holdline.gateway.backlog import Backlog, Fate
from holdline.gateway.counters import Counters
from holdline.gateway.entrance import Keys
from holdline.gateway.fresh import Fresh
from holdline.gateway.journal import Entry, Journal, JournalUnavailable, Put
from holdline.gateway.pace import News
from holdline.gateway.page import page
from holdline.gateway.presses import Press, Presses
from holdline.gateway.reading import Reading, Source, State
from holdline.links import PATH, Link, NotTrue, digest_of, read

PATIENCE: Final = timedelta(seconds=8)
_LOOK: Final = 0.05
_WORDS: Final = {
    Button.ACKNOWLEDGE: ("Take this incident?", "Take it"),
    Button.ESCALATE: ("Page the next tier now?", "Escalate"),
    Button.HOLD: ("Stop the automation of this incident?", "Hold it"),
    Button.APPROVE: ("Approve this plan?", "Approve"),
    Button.DENY: ("Deny this plan?", "Deny"),
}
_ELSE: Final = "`holdline incident show` and the newest message say where the incident stands."
_OPEN: Final = (State.ACCEPTED, State.BATCHED)

Notice = Callable[[str, News | None], None]


class Linked:
    """The two answers of a link."""

    def __init__(
        self,
        journal: Journal,
        presses: Presses,
        keys: Fresh[Keys],
        notice: Notice,
        counters: Counters,
        clock: Callable[[], datetime],
        patience: timedelta = PATIENCE,
    ) -> None:
        self._journal = journal
        self._backlog = Backlog(journal)
        self._presses = presses
        self._keys = keys
        self._notice = notice
        self._counters = counters
        self._clock = clock
        self._patience = patience.total_seconds()

    def routes(self) -> list[Route]:
        """One address, two methods."""
        path = f"{PATH}{{token}}"
        return [Route(path, self.show, methods=["GET"]), Route(path, self.act, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """What the link is good for, or what became of it."""
        try:
            link, event_id = await self._read(request)
            if (fate := self._fate(event_id)) is not None:
                return _told(link, fate, "This link was used.")
        except NotTrue:
            return self._untrue()
        except JournalUnavailable:
            return _unavailable()
        if self._clock() >= link.expires_at:
            return self._expired()
        title, word = _WORDS[link.order]
        return page(title, facts=_facts(link, await self._presses.look(link.workflow_id)), ask=word)

    async def act(self, request: Request) -> Response:
        """Order it, and say what became of it."""
        try:
            link, event_id = await self._read(request)
            if (fate := self._fate(event_id)) is not None:
                return _told(link, await self._settled(event_id) or fate, "This link was used already.")
            if self._clock() >= link.expires_at:
                return self._expired()
            again = await self._kept(link, event_id) is not Put.NEW
            settled = await self._settled(event_id)
        except NotTrue:
            return self._untrue()
        except JournalUnavailable:
            return _unavailable()
        return _told(link, settled, "This link was used already." if again else "")

    async def _read(self, request: Request) -> tuple[Link, str]:
        token = request.path_params["token"]
        return read(token, (await self._keys.current()).live), f"link:{digest_of(token)}"

    async def _kept(self, link: Link, event_id: str) -> Put:
        press = Press(
            verb=link.order,
            by=link.person,
            via=Via.LINK,
            workflow_id=link.workflow_id,
            epoch=link.epoch,
            opening=link.opening,
            episode=link.episode,
            mark=event_id,
            proposal=link.proposal,
            digest=link.digest,
        )
        reading = Reading(event_id, State.ACCEPTED, f"press/{link.workflow_id}", press.model_dump_json())
        entry = Entry(Source.LINK, reading, event_id.encode(), self._clock().timestamp())
        (put,) = await self._journal.put([entry])
        self._counters.add(Source.LINK, State.ACCEPTED if put is Put.NEW else "duplicate")
        self._notice(reading.lane, None)
        return put

    def _fate(self, event_id: str) -> Fate | None:
        found = (each for each in self._backlog.fates(event_id) if each.source == Source.LINK)
        return next(found, None)

    async def _settled(self, event_id: str) -> Fate | None:
        """What became of a press, if that is certain before whoever pressed loses patience."""
        ends = asyncio.get_running_loop().time() + self._patience
        while asyncio.get_running_loop().time() < ends:
            fate = self._fate(event_id)
            if fate is not None and fate.state not in _OPEN:
                return fate
            await asyncio.sleep(_LOOK)
        return self._fate(event_id)

    def _untrue(self) -> Response:
        self._counters.add(Source.LINK, "refused", "signature does not match")
        words = f"It was not made by this Holdline, or is not whole. Open it as it came. {_ELSE}"
        return page("This link is not valid", words, status=404)

    def _expired(self) -> Response:
        self._counters.add(Source.LINK, "refused", "stale")
        return page("This link has ended", f"Links are good for half an hour. Nothing was done. {_ELSE}", status=410)


def _told(link: Link, fate: Fate | None, head: str) -> Response:
    facts = {"order": link.order.words, "incident": link.workflow_id, "by": link.person}
    if fate is None or fate.state in _OPEN:
        words = "It is kept and is carried out as soon as Holdline's workers answer. Open this page again to see."
        return page("Not done yet", f"{head} {words}".strip(), facts, status=202)
    title = "Done" if fate.state == State.DELIVERED else "Nothing was done"
    return page(title, f"{head} {fate.reason}".strip(), facts)


def _unavailable() -> Response:
    return page("It could not be kept", "Nothing was done. Try again in a moment.", status=503)


def _facts(link: Link, story: Snapshot | None) -> dict[str, str]:
    """What a person needs to know before they press."""
    same = story is not None and story.epoch == link.epoch and link.episode in ("", story.mark)
    current = story if same else None
    return {
        "incident": current.entity.label if current else link.workflow_id,
        "kind": link.workflow_id.split("/")[1].replace("_", " ") if link.workflow_id.count("/") > 1 else "",
        "state": f"{current.severity}, {current.state}" if current else "",
        "taken by": (current.acknowledged_by or "nobody") if current else "",
        "plan": _plan(link, current),
        "you are": link.person,
        "good until": f"{link.expires_at:%H:%M} UTC, once",
    }


def _plan(link: Link, story: Snapshot | None) -> str:
    if not link.order.decides:
        return ""
    proposal = story.proposal if story else None
    if story is not None and (proposal is None or (proposal.id, proposal.digest) != (link.proposal, link.digest)):
        return f"{link.digest}: it is not asked any more"
    return f"{link.digest}: {proposal.words}" if proposal else link.digest
