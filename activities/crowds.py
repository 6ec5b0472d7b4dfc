"""One of many? The look before the first page, and the bond between an incident and its parent."""

from datetime import timedelta

from temporalio import activity

from holdline import intake, storms
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind
from holdline.domain.messages import Membership
from holdline.domain.runbook import Runbook
from holdline.domain.storm import Crowd, Look
from holdline.ports import Receipt


class Paged(Receipt):
    """The receipt of a page; with a `crowd` nothing was sent: the incident is, or may be, one of many."""

    id: str = ""
    crowd: Crowd | None = None


async def crowd(wanted: Look | None) -> Crowd | None:
    """Look for others before paging; only a first attempt waits, and only it can be sure that nothing was sent."""
    if wanted is None:
        return None
    again = activity.info().attempt > 1
    if again:
        wanted = wanted.model_copy(update={"wait": timedelta(0)})
    found = await storms.look(activity.client(), wanted)
    return found and found.model_copy(update={"doubtful": again})


class Joining(Frozen):
    """Which incident joins which parent, and the runbook that a parent is opened with."""

    membership: Membership
    parent: Entity
    kind: IncidentKind
    runbook: Runbook


class Joined(Frozen):
    """The episode of the parent that has the member."""

    epoch: int


class Bond(Frozen):
    """Which episode of which parent."""

    parent: str
    epoch: int


class RollCall(Frozen):
    """The beginning of the members' ids."""

    prefix: str


class Crowds:
    """Binds incidents to their parents; every effect is on Temporal itself."""

    @activity.defn(name="join_storm")
    async def join(self, joining: Joining) -> Joined:
        """Make an incident a member; the same twice is one."""
        epoch = await intake.join(activity.client(), joining.membership, joining.parent, joining.kind, joining.runbook)
        return Joined(epoch=epoch)

    @activity.defn(name="parent_pages")
    async def parent_pages(self, bond: Bond) -> bool:
        """Find out whether the parent still answers for its members."""
        return await storms.pages_for(activity.client(), bond.parent, bond.epoch)

    @activity.defn(name="call_roll")
    async def call_roll(self, roll: RollCall) -> frozenset[str]:
        """Find out which incidents are still open."""
        return await storms.running(activity.client(), roll.prefix)
