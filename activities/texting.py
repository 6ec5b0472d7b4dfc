"""Texting a contact: the vendor has no key, so an attempt that follows another one looks first."""

from temporalio import activity

from activities.crowds import Paged, crowd
from activities.failures import effect_failures
from holdline.ports import TextMessage, Texts


class Texting:
    """Sends text messages by one vendor."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @activity.defn(name="text")
    async def text(self, message: TextMessage) -> Paged:
        """Send, unless it is one of many, or adopt the message that an earlier attempt has sent."""
        if (others := await crowd(message.look)) is not None:
            return Paged(crowd=others)
        with effect_failures():
            follows = activity.info().attempt > 1 or message.again
            if follows and (found := await self._texts.find(message)) is not None:
                return Paged(id=found.id, adopted=True)
            receipt = await self._texts.send(message)
        return Paged(id=receipt.id, adopted=receipt.adopted)
