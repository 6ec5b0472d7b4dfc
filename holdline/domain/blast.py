"""The blast radius: how many trunks and queues automation may touch within a sliding window."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from holdline.domain.change import Touch
from holdline.domain.duration import Duration, say
from holdline.domain.entity import EntityKind
from holdline.domain.frozen import Frozen

_PAIR: Final = 2
"""A queue, and the one that takes its callers."""


class Radius(Frozen):
    """At most so many trunks, and so many percent of the queues (or so many, where their total is not known).

    Two queues may always be touched: to evacuate one touches the one that takes its callers as well. Nothing but trunks
    and queues is counted.
    """

    blast_window: Duration = timedelta(minutes=30)
    blast_trunks: int = Field(default=10, ge=1, le=10_000)
    blast_queues: int = Field(default=10, ge=1, le=10_000)
    blast_queues_percent: int = Field(default=20, ge=1, le=100)

    def most(self, kind: EntityKind, queues: int | None) -> int | None:
        """How many entities of a kind may be touched; None where the kind is not limited."""
        match kind:
            case EntityKind.TRUNK:
                return self.blast_trunks
            case EntityKind.QUEUE:
                return self.blast_queues if queues is None else max(_PAIR, queues * self.blast_queues_percent // 100)
            case _:
                return None


class Touched(Frozen):
    """An entity that automation was given leave to touch, by the token of the grant."""

    touch: Touch
    at: datetime
    token: int


class Reach(Frozen):
    """What automation has touched of late."""

    rows: tuple[Touched, ...] = ()

    def within(self, window: timedelta, now: datetime) -> "Reach":
        """What still counts at `now`."""
        return Reach(rows=tuple(row for row in self.rows if now - row.at < window))

    def add(self, touches: Iterable[Touch], now: datetime, token: int) -> "Reach":
        """Count what a grant touches."""
        return Reach(rows=(*self.rows, *(Touched(touch=each, at=now, token=token) for each in dict.fromkeys(touches))))

    def without(self, token: int) -> "Reach":
        """Take back what a grant would have touched, because nothing was changed."""
        return Reach(rows=tuple(row for row in self.rows if row.token != token))

    def of(self, kind: EntityKind) -> set[str]:
        """The entities of a kind; one that was touched twice counts once."""
        return {row.touch.id for row in self.rows if row.touch.kind is kind}

    def refuses(self, touches: Iterable[Touch], radius: Radius, queues: int | None) -> str | None:
        """Why these may not be touched as well, or None where they may; an entity that counts already costs nothing."""
        wanted = list(touches)
        for kind in dict.fromkeys(each.kind for each in wanted):
            known, most = self.of(kind), radius.most(kind, queues)
            new = {each.id for each in wanted if each.kind is kind} - known
            if most is not None and new and len(known) + len(new) > most:
                return self._sentence(kind, len(new), most, radius.blast_window)
        return None

    def _sentence(self, kind: EntityKind, new: int, most: int, window: timedelta) -> str:
        times = [row.at for row in self.rows if row.touch.kind is kind]
        since = f"{min(times):%H:%M}" if times else "now"
        more = f", {new} more wanted" if new > 1 else ""
        return f"blast radius: {len(self.of(kind))} {kind}s touched since {since}{more}; limit {most} in {say(window)}"
