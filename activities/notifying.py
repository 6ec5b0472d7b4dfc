"""Writing to a room or a contact, where hardly any vendor has a slot for a key: in doubt it is looked for, or told."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from temporalio import activity

from activities.crowds import Paged, crowd
from activities.failures import effect_failures, innocent, vendor_failures
from holdline.domain.button import Button
from holdline.links import Links
from holdline.ports import Notice, Notices, Receipt

_EVERYBODY: Final = (Button.ACKNOWLEDGE,)
_PERSONAL: Final = (*_EVERYBODY, Button.APPROVE, Button.DENY)


class Notifying:
    """Writes by one vendor; with `links` whoever reads it may answer by a link, where the vendor has no buttons.

    Where messages are read by one person alone (`personal`), there are links to decide by too. A vendor that
    `looks` is looked at before every repeat, whatever it has answered.
    """

    def __init__(
        self, notices: Notices, links: Links | None = None, *, personal: bool = False, looks: bool = False
    ) -> None:
        self._notices = notices
        self._looks = looks
        self._links = links
        self._offered = _PERSONAL if personal else _EVERYBODY

    @activity.defn(name="notify")
    async def notify(self, notice: Notice) -> Paged:
        """Send, unless it is one of many, or adopt what an earlier attempt may have sent."""
        if (others := await crowd(notice.look)) is not None:
            return Paged(crowd=others)
        with effect_failures():
            if (notice.again or self._doubtful) and (found := await self._notices.find(notice)) is not None:
                return Paged(id=found.id, adopted=True)
            receipt = await self._notices.send(await self._linked(notice))
        return Paged(id=receipt.id, adopted=receipt.adopted)

    @property
    def _doubtful(self) -> bool:
        return activity.info().attempt > 1 if self._looks else not innocent()

    @activity.defn(name="renew_notice")
    async def renew(self, notice: Notice) -> Receipt:
        """Replace the message by what is true now."""
        with vendor_failures():
            return await self._notices.update(notice)

    async def _linked(self, notice: Notice) -> Notice:
        """Add a line for each order that a link may give; where no link can be made, people are told all the same."""
        try:
            lines = {} if self._links is None else await asyncio.to_thread(_lines, self._links, notice, self._offered)
        except (OSError, ValueError) as error:
            activity.logger.warning("the message has no links (%s)", type(error).__name__)
            return notice
        return notice.model_copy(update={"lines": lines | notice.lines})


def _lines(links: Links, notice: Notice, offered: tuple[Button, ...]) -> dict[str, str]:
    """A link for each order; making one reads a secret, which may be a command."""
    return {button.words: _url(links, notice, button) for button in _orders(notice, offered)}


def _url(links: Links, notice: Notice, button: Button) -> str:
    return links.url(
        notice.to,
        button,
        workflow_id=notice.workflow_id,
        epoch=notice.epoch,
        opening=notice.opening,
        episode=notice.episode,
        # Its half hour begins when it is sent, however long that took.
        at=datetime.now(UTC),
        proposal=notice.proposal if button.decides else "",
        digest=notice.digest if button.decides else "",
    )


def _orders(notice: Notice, offered: tuple[Button, ...]) -> list[Button]:
    """What a link may be made for: a decision only about a plan that stands."""
    wanted = [each for each in offered if each in notice.actions]
    return [each for each in wanted if not each.decides or notice.proposal]
