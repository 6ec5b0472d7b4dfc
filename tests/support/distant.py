"""Vendors that can be out of reach: behind TLS and a relay each, which refuses or shows a strange certificate."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from enum import StrEnum
from urllib.parse import urlsplit

import trustme

from tests.contracts.rig import HASTY, Addresses, Clients, Rig, addresses_of, opened
from tests.support.relay import Relay

_HOST = "127.0.0.1"


class Distance(StrEnum):
    """Why a vendor is not reached."""

    REFUSED = "connect refused"
    UNTRUSTED = "TLS error"


class Distant:
    """The relays by vendor, and who goes through them."""

    def __init__(self, relays: dict[str, Relay], clients: Clients, good: ssl.SSLContext, bad: ssl.SSLContext) -> None:
        self.clients = clients
        self._relays = relays
        self._good = good
        self._bad = bad

    async def lose(self, why: Distance, *names: str) -> None:
        """Put vendors out of reach."""
        for name in names:
            if why is Distance.REFUSED:
                await self._relays[name].cut()
            else:
                await self._relays[name].open(self._bad)

    async def find(self, *names: str) -> None:
        """They are back."""
        for name in names:
            await self._relays[name].open(self._good)


@asynccontextmanager
async def distant(rig: Rig) -> AsyncIterator[Distant]:
    """Every vendor of a rig that speaks HTTP, at a distance."""
    near = asdict(addresses_of(rig.sandbox))
    relays = {name: Relay(urlsplit(url).port or 0) for name, url in near.items() if name != "smtp"}
    far = Addresses(**near | {name: f"https://{_HOST}:{relay.port}" for name, relay in relays.items()})
    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with AsyncExitStack() as stack:
        for relay in relays.values():
            stack.push_async_callback(relay.cut)
        clients = await stack.enter_async_context(opened(far, HASTY, rig.watch.provider, trust))
        found = Distant(relays, clients, _showing(authority), _showing(trustme.CA()))
        await found.find(*relays)
        yield found


def _showing(authority: trustme.CA) -> ssl.SSLContext:
    """A server's context with a certificate of this authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(_HOST).configure_cert(context)
    return context
