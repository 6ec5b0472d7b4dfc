"""The gate: who may change something now, by leased locks, a cap, and the blast radius (S1.8, S3.8)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from holdline.domain.blast import Radius, Reach
from holdline.domain.claim import Claim, Grant, Suggestion
from holdline.domain.duration import Duration

MOST: Final = 100
_REMEMBERED: Final = timedelta(minutes=10)
_REMEMBERED_MOST: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Limits(Radius):
    """What the gate holds to: changes at once, the longest a change may hold its locks, the blast radius."""

    cap: int = Field(default=10, ge=1, le=MOST)
    lease: Duration = timedelta(minutes=3)


class Ledger(BaseModel):
    """Everything the gate knows; its workflow is the only writer and the clock is the workflow's.

    Nothing is granted before `quiet_until`: the leases of a gate that was lost may last so long.
    """

    model_config = ConfigDict(extra="ignore")

    limits: Limits
    cap: int
    waiting: list[Claim] = []
    grants: list[Grant] = []
    reach: Reach = Reach()
    queues: int | None = None
    token: int = 0
    quiet_until: datetime | None = None
    ended: dict[str, datetime] = {}

    def enter(self, claim: Claim, now: datetime) -> Grant | None:
        """Put a claim in line; a repeat keeps its place, unless it is worse by now and moves up.

        Returns the grant where there is one already.

        What its holder has given back stays ended: a repeat may arrive behind the release. What was refused, or has
        lapsed, may be claimed again: whoever repeats it has not heard of that.
        """
        self._forget(now)
        if claim.id in self.ended:
            return None
        held = next((each for each in self.grants if each.claim.id == claim.id), None)
        if held is None:
            self.waiting = sorted([*self._others(claim.id), claim], key=lambda each: each.rank)
            self.queues = claim.queues if claim.queues is not None else self.queues
        return held

    def leave(self, claim_id: str, holder: str, now: datetime, changed: bool = True) -> bool:
        """End a claim, waiting or granted; `changed` is false where nothing was touched after all.

        False where it had ended before, or is somebody else's.
        """
        found = [each for each in (*self.waiting, *(grant.claim for grant in self.grants)) if each.id == claim_id]
        if any(each.holder != holder for each in found):
            return False
        self.ended[claim_id] = now
        gone = [each for each in self.grants if each.claim.id == claim_id]
        if not changed:
            self._untouch(gone)
        self._remove(claim_id)
        return bool(found)

    def drop(self, claim: Claim) -> None:
        """Forget a claim whose holder does not exist: it has touched nothing, and may claim again if it comes back."""
        self._untouch([each for each in self.grants if each.claim.id == claim.id])
        self._remove(claim.id)
        self.ended.pop(claim.id, None)

    def free(self, resource: str, now: datetime) -> Grant | None:
        """End the grant that holds a lock, whatever its holder does, and return it."""
        found = next((each for each in self.grants if each.locks(resource)), None)
        if found is not None:
            self.ended[found.claim.id] = now
            self._remove(found.claim.id)
        return found

    def answers(self, now: datetime) -> list[Grant | Suggestion]:
        """Free what has lapsed, then answer everybody who can be answered at `now`, the worst and oldest first."""
        self._lapse(now)
        self.reach = self.reach.within(self.limits.blast_window, now)
        told: list[Grant | Suggestion] = []
        # A grant may use up the blast radius for others, and whoever is refused no longer stands before anybody.
        while True:
            batch: list[Grant | Suggestion] = [*self._suggestions(), *self._granted(now)]
            if not batch:
                return told
            told += batch

    def knows(self, claim_id: str) -> bool:
        """Whether a claim was said before and has not ended."""
        return any(each.id == claim_id for each in (*self.waiting, *(grant.claim for grant in self.grants)))

    def quiet(self, now: datetime) -> bool:
        """Whether the leases of a lost gate may still last."""
        return self.quiet_until is not None and now < self.quiet_until

    def next_at(self, now: datetime) -> datetime | None:
        """When something happens by itself: a lease ends, or the quiet time does."""
        times = [each.until for each in self.grants]
        if self.quiet_until is not None and now < self.quiet_until:
            times.append(self.quiet_until)
        return min(times, default=None)

    def holder_of(self, resource: str) -> Grant | None:
        """The grant that holds a lock."""
        return next((each for each in self.grants if each.locks(resource)), None)

    def ahead_of(self, place: int) -> Claim | None:
        """The first claim in line before a place that needs one of its locks."""
        wanted = set(self.waiting[place].resources)
        return next((each for each in self.waiting[:place] if not wanted.isdisjoint(each.resources)), None)

    def _others(self, claim_id: str) -> list[Claim]:
        return [each for each in self.waiting if each.id != claim_id]

    def _remove(self, claim_id: str) -> None:
        self.waiting = self._others(claim_id)
        self.grants = [each for each in self.grants if each.claim.id != claim_id]

    def _untouch(self, grants: list[Grant]) -> None:
        for each in grants:
            self.reach = self.reach.without(each.token)

    def _lapse(self, now: datetime) -> None:
        self.grants = [each for each in self.grants if now < each.until]

    def _suggestions(self) -> list[Suggestion]:
        refused = [(each, self.reach.refuses(each.touches, self.limits, self.queues)) for each in self.waiting]
        told = [Suggestion(claim=claim, reason=reason) for claim, reason in refused if reason]
        for each in told:
            self.waiting = self._others(each.claim.id)
        return told

    def _granted(self, now: datetime) -> Iterator[Grant]:
        """Pass the line once: a claim that must wait keeps its locks from everybody behind it."""
        if self.quiet(now):
            return
        kept = {resource for grant in self.grants for resource in grant.claim.resources}
        for claim in list(self.waiting):
            if len(self.grants) >= self.cap:
                return
            if kept.isdisjoint(claim.resources):
                if self.reach.refuses(claim.touches, self.limits, self.queues):
                    return
                yield self._grant(claim, now)
            kept.update(claim.resources)

    def _grant(self, claim: Claim, now: datetime) -> Grant:
        # The time in microseconds is greater than any token of a gate before this one.
        self.token = max(self.token + 1, (now - _EPOCH) // timedelta(microseconds=1))
        lease = min(claim.lease or self.limits.lease, self.limits.lease)
        grant = Grant(claim=claim, token=self.token, since=now, until=now + lease)
        self.waiting = self._others(claim.id)
        self.grants = [*self.grants, grant]
        self.reach = self.reach.add(claim.touches, now, grant.token)
        return grant

    def _forget(self, now: datetime) -> None:
        """What has ended is remembered for as long as a signal may be late."""
        fresh = [(claim_id, at) for claim_id, at in self.ended.items() if now - at < _REMEMBERED]
        self.ended = dict(fresh[-_REMEMBERED_MOST:])
