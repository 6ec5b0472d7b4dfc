"""Texting a contact: the vendor has no key, so an attempt that follows another one looks first."""

from temporalio import activity

from activities.failures import effect_failures
from holdline.ports import Receipt, TextMessage, Texts


class Texting:
    """Sends text messages by one vendor."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @activity.defn(name="text")
    async def text(self, message: TextMessage) -> Receipt:
        """Send, or adopt the message that an earlier attempt has sent."""
        with effect_failures():
            follows = activity.info().attempt > 1 or message.again
            if follows and (found := await self._texts.find(message)) is not None:
                return found.model_copy(update={"adopted": True})
            return await self._texts.send(message)
