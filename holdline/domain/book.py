"""The gate's book: its ledger, the configuration it has adopted, and what operators have ordered."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from holdline.domain.claim import Grant
from holdline.domain.gate import Ledger, Limits
from holdline.domain.timeline import Entry, Fact

_ROWS = 50


class Book(BaseModel):
    """All that survives continue-as-new. `cap_by` is the operator whose cap is in force, or empty."""

    model_config = ConfigDict(extra="ignore")

    ledger: Ledger
    cap_by: str = ""
    longest: timedelta
    rows: tuple[Entry, ...] = ()

    @classmethod
    def opened(cls, limits: Limits, quiet_until: datetime | None) -> "Book":
        """The book of a new gate."""
        ledger = Ledger(limits=limits, cap=limits.cap, quiet_until=quiet_until)
        return cls(ledger=ledger, longest=limits.lease)

    def adopt(self, limits: Limits, now: datetime) -> bool:
        """Take over a configuration; whether anything is new.

        An operator's cap stays until an operator sets another one, or `cap` itself is changed in the configuration.
        """
        before = self.ledger.limits
        if limits == before:
            return False
        self.ledger.limits = limits
        self.longest = max(self.longest, limits.lease)
        if limits.cap != before.cap:
            self.ledger.cap, self.cap_by = limits.cap, ""
        changed = sorted(name for name, value in limits if value != getattr(before, name))
        self.note(now, f"the configuration has changed: {', '.join(changed)}")
        return True

    def set_cap(self, cap: int, by: str, reason: str, now: datetime) -> str:
        """Change the cap and say so; changes under way go on when it is lowered."""
        before = self.ledger.cap
        if cap == before and self.cap_by:
            return f"the cap is {cap} already, set by {self.cap_by}"
        self.ledger.cap, self.cap_by = cap, by
        self.note(now, f"{by} sets the cap to {cap}, it was {before}: {reason}")
        over = len(self.ledger.grants) - cap
        under_way = f"; {over} more are under way and go on" if over > 0 else ""
        return f"the cap is {cap}, it was {before}{under_way}"

    def free(self, resource: str, by: str, reason: str, now: datetime) -> tuple[Grant | None, str]:
        """Take a lock from its holder; everything that the holder was granted with it is free, too."""
        taken = self.ledger.free(resource, now)
        if taken is None:
            return None, f"nobody holds {resource}"
        holder = taken.claim.holder
        self.note(now, f"{by} frees {', '.join(taken.claim.resources)} from {holder}: {reason}")
        return (
            taken,
            f"{resource} is free; {holder} may still act until {taken.until:%H:%M:%S} UTC: hold it if it must not",
        )

    def note(self, now: datetime, text: str) -> None:
        """Write down what an operator or the configuration has changed."""
        self.rows = (*self.rows, Entry(at=now, fact=Fact.OPERATOR, text=text))[-_ROWS:]
