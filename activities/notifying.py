"""Writing to a room or a contact, where hardly any vendor has a slot for a key: in doubt it is looked for, or told."""

from temporalio import activity

from activities.crowds import Paged, crowd
from activities.failures import effect_failures, innocent, vendor_failures
from holdline.ports import Notice, Notices, Receipt


class Notifying:
    """Writes by one vendor."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    @activity.defn(name="notify")
    async def notify(self, notice: Notice) -> Paged:
        """Send, unless it is one of many, or adopt what an earlier attempt may have sent."""
        if (others := await crowd(notice.look)) is not None:
            return Paged(crowd=others)
        with effect_failures():
            if not innocent() and (found := await self._notices.find(notice)) is not None:
                return Paged(id=found.id, adopted=True)
            receipt = await self._notices.send(notice)
        return Paged(id=receipt.id, adopted=receipt.adopted)

    @activity.defn(name="renew_notice")
    async def renew(self, notice: Notice) -> Receipt:
        """Replace the message by what is true now."""
        with vendor_failures():
            return await self._notices.update(notice)
