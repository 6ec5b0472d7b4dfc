"""Notification channels of Genesys Cloud: opened and subscribed over REST, heard over a WebSocket.

https://developer.genesys.cloud/notificationsalerts/notifications/notifications-service. A channel lives 24 hours from
its last subscription; a client has at most 20 of them, a channel at most 1,000 topics and one socket.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document
from holdline.clients.genesys_trunks import EDGES
from holdline.clients.websocket import connected
from holdline.clients.wire import Wire
from holdline.domain.text import clean
from holdline.ports import Call, Channel, CredentialsRefused, Rejected, Socket, Subscription

MOST_TOPICS: Final = 1000
TEMPLATE: Final = "{id}"
_CHANNELS: Final = "/api/v2/notifications/channels"
_SUBSCRIPTIONS: Final = f"{_CHANNELS}/{{channelId}}/subscriptions"
_PAGE: Final = 100
_PAGES: Final = 20
# Where the entities of a template are listed, the longest beginning first.
_LISTED: Final = (
    ("v2.telephony.providers.edges.trunks.", f"{EDGES}/trunks", (("trunkType", "EXTERNAL"),)),
    ("v2.telephony.providers.edges.", EDGES, ()),
    ("v2.analytics.queues.", "/api/v2/routing/queues/divisionviews/all", ()),
)


class Opened(Document):
    """A new channel; whoever knows `connect_uri` hears everything that it is subscribed to."""

    id: Annotated[str, Field(min_length=1)]
    connect_uri: Annotated[str, Field(min_length=1, repr=False)]
    expires: AwareDatetime


class ServerDate(Document):
    """What time it is at the vendor."""

    current_date: AwareDatetime


class Answered(Document):
    """The vendor's answer to one topic."""

    id: str
    state: str | None = None
    rejection_reason: str | None = None
    missing_permissions: tuple[str, ...] | None = None


class AnsweredList(Document):
    """The vendor's answers."""

    entities: tuple[Answered, ...]


class Named(Document):
    """An entity of a list."""

    id: str


class NamedPage(Document):
    """A page of entities."""

    entities: tuple[Named, ...]
    page_count: int = 1


class GenesysNotifications:
    """The port Channels over the platform API."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._vendor = wire.endpoint.vendor

    async def open(self, call: Call) -> Channel:
        """Open a channel, and see how far our clock is from the vendor's."""
        ahead = await self._ahead(call)
        # An answer that is lost leaves a channel that nobody hears; the vendor ends it when there are too many.
        opened = await self._wire.attempt(call).read(Ask(method="POST", route=_CHANNELS), Opened)
        life = opened.expires - (datetime.now(UTC) - ahead)
        return Channel(id=opened.id, uri=opened.connect_uri, life=life, ahead=ahead)

    async def _ahead(self, call: Call) -> timedelta:
        asked = datetime.now(UTC)
        told = await self._wire.attempt(call).read(Ask(method="GET", route="/api/v2/date"), ServerDate)
        return asked + (datetime.now(UTC) - asked) / 2 - told.current_date

    @asynccontextmanager
    async def listen(self, channel: Channel, call: Call) -> AsyncIterator[Socket]:
        """Connect to the channel."""
        if not self._trusted(channel.uri):
            raise Rejected(self._vendor, "the channel's address is not wss, a human must look")
        async with connected(self._vendor, channel.uri, self._wire.endpoint.network, call) as socket:
            yield socket

    def _trusted(self, uri: str) -> bool:
        """Only whoever speaks plain HTTP to the platform speaks plain WebSocket to a channel."""
        plain = self._wire.endpoint.url.startswith("http://")
        return uri.startswith("wss://") or (plain and uri.startswith("ws://"))

    async def subscribe(self, channel: Channel, topics: tuple[str, ...], call: Call) -> tuple[Subscription, ...]:
        """Subscribe to what is there now; what cannot be listed or is too much is answered like a rejected topic."""
        wanted: list[str] = []
        refused: list[Subscription] = []
        for topic in topics:
            try:
                wanted += await self._concrete(topic, call)
            except (CredentialsRefused, Rejected) as error:
                refused.append(Subscription(topic=topic, permitted=False, reason=clean(str(error))))
        for topic in wanted[MOST_TOPICS:]:
            reason = f"a channel holds only {MOST_TOPICS} topics"
            refused.append(Subscription(topic=topic, permitted=False, reason=reason))
        return (*await self._put(channel, wanted[:MOST_TOPICS], call), *refused)

    async def _concrete(self, topic: str, call: Call) -> list[str]:
        """The topic of each entity that a template stands for."""
        if TEMPLATE not in topic:
            return [topic]
        for beginning, route, query in _LISTED:
            if topic.startswith(beginning):
                return [topic.replace(TEMPLATE, each) for each in await self._ids(route, query, call)]
        raise Rejected(self._vendor, f"{topic} needs an id in the place of {TEMPLATE}")

    async def _ids(self, route: str, query: tuple[tuple[str, str], ...], call: Call) -> list[str]:
        ids: list[str] = []
        for number in range(1, _PAGES + 1):
            paged = (*query, ("pageSize", str(_PAGE)), ("pageNumber", str(number)))
            page = await self._wire.attempt(call).read(Ask(method="GET", route=route, query=paged), NamedPage)
            ids += [each.id for each in page.entities]
            if number >= page.page_count:
                break
        return ids

    async def _put(self, channel: Channel, topics: list[str], call: Call) -> tuple[Subscription, ...]:
        ask = Ask(
            method="PUT",
            route=_SUBSCRIPTIONS,
            parts={"channelId": channel.id},
            query=(("ignoreErrors", "true"),),
            json=[{"id": topic} for topic in topics],
        )
        # The same list twice is the same subscription, so an answer that is lost leaves nothing to clear up.
        answers = await self._wire.attempt(call).read(ask, AnsweredList)
        return tuple(_subscription(each) for each in answers.entities)


def _subscription(answer: Answered) -> Subscription:
    return Subscription(
        topic=answer.id,
        permitted=answer.state != "Rejected",
        missing=answer.missing_permissions or (),
        reason=clean(answer.rejection_reason or ""),
    )
