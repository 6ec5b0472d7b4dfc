"""A wish to change something, and the leave to do so: what goes between whoever changes things and the gate (S1.8)."""

from datetime import datetime

from pydantic import Field

from holdline.domain.change import Touch
from holdline.domain.duration import Duration
from holdline.domain.frozen import Frozen
from holdline.domain.incident import Severity
from holdline.domain.text import Line


class Claim(Frozen):
    """A wish to change something, granted with all its locks or not at all.

    `id` is the same for every repeat of the wish. `holder` is the workflow id that is answered. `resources` are names
    of locks, such as `route:<site>/<route>` or `queue:<id>`. `queues` is how many queues there are in all, where the
    holder knows. Without a `lease` the gate's own counts, which is also the longest.
    """

    id: str = Field(min_length=1, max_length=500)
    holder: str = Field(min_length=1, max_length=500)
    severity: Severity
    arrived_at: datetime
    resources: tuple[str, ...] = ()
    touches: tuple[Touch, ...] = ()
    queues: int | None = None
    lease: Duration | None = None
    summary: Line = ""

    @property
    def rank(self) -> tuple[int, datetime]:
        """What the line is ordered by: the worst first, then whoever came first."""
        return -self.severity.rank, self.arrived_at


class Grant(Frozen):
    """The leave to change what was claimed, `until` its lease ends.

    The token is greater than that of every earlier grant, of an earlier gate too: whoever sees a greater one is late.
    """

    claim: Claim
    token: int
    since: datetime
    until: datetime

    def locks(self, resource: str) -> bool:
        """Whether it holds a lock."""
        return resource in self.claim.resources


class Suggestion(Frozen):
    """The answer that nothing may be changed: people are told what automation would have done, and why it did not."""

    claim: Claim
    reason: str
