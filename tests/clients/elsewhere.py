"""Genesys clients for a scripted address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from holdline.clients.genesys import Genesys
from holdline.clients.network import Network
from tests.clients.scripted import answer
from tests.contracts.rig import PATIENT

TOKEN = answer(200, {"access_token": "token", "token_type": "bearer", "expires_in": 3600})
"""The answer of the login host."""


@asynccontextmanager
async def elsewhere(
    url: str,
    client_id: str = "client",
    secret: str = "secret",
    network: Network | None = None,
    ways_out: frozenset[str] = frozenset(),
) -> AsyncIterator[Genesys]:
    """A client for both hosts at one address, closed at the end."""
    client = Genesys(
        login_url=url,
        api_url=url,
        client_id=client_id,
        client_secret=lambda: secret,
        looks=(timedelta(0), timedelta(0), timedelta(0)),
        network=network or Network(limits=PATIENT),
        ways_out=ways_out,
    )
    try:
        yield client
    finally:
        await client.aclose()
