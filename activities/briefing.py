"""Briefing the keeper of a ticket, after a look whether the incident is one of many: those have one ticket."""

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.crowds import crowd
from holdline import keeper
from holdline.domain.frozen import Frozen
from holdline.domain.storm import Crowd, Look
from holdline.domain.ticket_messages import Brief, TicketInput
from holdline.intake import NotTaken
from holdline.ports import Unavailable


class Instruction(Frozen):
    """What the ticket is to say, and of which episode; `look` where it must be known first that it is alone."""

    ticket: TicketInput
    brief: Brief
    look: Look | None = None


class Briefed(Frozen):
    """With a `crowd` nothing was said; `kept` is false where nobody keeps the ticket any more."""

    kept: bool = True
    crowd: Crowd | None = None


class Briefing:
    """Speaks to the keepers of tickets; every effect is on Temporal itself."""

    @activity.defn(name="brief_ticket")
    async def brief(self, said: Instruction) -> Briefed:
        """Brief the keeper, unless the incident is one of many."""
        if (others := await crowd(said.look)) is not None:
            return Briefed(crowd=others)
        try:
            return Briefed(kept=await keeper.brief(activity.client(), said.ticket, said.brief))
        except NotTaken as error:
            category = ApplicationErrorCategory.BENIGN
            raise ApplicationError(str(error), type=Unavailable.__name__, category=category) from None
