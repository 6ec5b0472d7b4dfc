"""The look before the first page: who is counted, and what happens when Temporal's list is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from holdline import storms
from holdline.domain.incident import IncidentKind
from holdline.domain.messages import WORKFLOW
from holdline.domain.storm import Crowd, Look
from tests.support.estate import STORMY, Estate, Many
from tests.support.temporal import unique

NOW = datetime.now(UTC)


def looking(site: str, **fields: object) -> Look:
    """A look for three trunk failures of a site."""
    usual = {
        "kind": IncidentKind.TRUNK_FAILURE,
        "site": site,
        "parent": "incident/trunk_failure/storm:none",
        "opened_at": datetime.now(UTC),
        "within": timedelta(seconds=60),
        "at_least": 3,
        "wait": timedelta(0),
    }
    return Look.model_validate(usual | fields)


@pytest.fixture
async def site(client: Client) -> AsyncIterator[Estate]:
    """Three trunks of a site fail and nobody works."""
    place = Estate(client, Many(), STORMY, unique('O\'Hare "north" \\ Terminal'))
    await place.fails(3)
    yield place
    await place.clear()


async def test_those_of_the_site_are_counted(client: Client, site: Estate) -> None:
    """Whatever characters its name has; those of another site, another time or another kind are not."""
    assert 3 == await _found(client, looking(site.site))
    for other in (
        {"site": unique("Graz"), "strict": True},
        {"opened_at": NOW - timedelta(hours=1)},
        {"kind": IncidentKind.EDGE_OFFLINE},
        {"at_least": 4, "strict": True},
    ):
        assert await storms.look(client, looking(site.site).model_copy(update=other)) is None


async def test_a_site_that_is_not_known_yet(client: Client, site: Estate) -> None:
    """With incidents that nobody knows a site of there may be enough: that is not certain."""
    elsewhere = Estate(client, site.outside, STORMY, "")
    await elsewhere.fails(2, site_known=False)
    try:
        found = await _crowd(client, looking(site.site, at_least=5))
        assert (3, False) == (found.count, found.certain)
        assert await storms.look(client, looking(site.site, at_least=5, strict=True)) is None
    finally:
        await elsewhere.clear()


async def test_a_parent_that_runs(client: Client) -> None:
    """One is enough then, and nobody waits."""
    parent = unique("incident/trunk_failure/storm:vienna")
    handle = await client.start_workflow(WORKFLOW, id=parent, task_queue="nobody works here")
    try:
        found = await storms.look(client, looking("nowhere", parent=parent, wait=timedelta(hours=1)))
        assert found is not None
    finally:
        await handle.terminate()


async def test_the_list_is_away() -> None:
    """In doubt, page: a server that refuses the connection finds no others."""
    nobody = await Client.connect("127.0.0.1:1", lazy=True)
    assert await storms.look(nobody, looking("Vienna")) is None


async def test_the_list_is_frozen() -> None:
    """In doubt, page: a server that takes the connection and says nothing is not waited for."""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(10)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    frozen = await Client.connect(f"{host}:{port}", lazy=True)
    assert await storms.look(frozen, looking("Vienna")) is None
    server.close()


async def _crowd(client: Client, wanted: Look) -> Crowd:
    """The list lags a little behind."""
    async with asyncio.timeout(20):
        while (found := await storms.look(client, wanted)) is None:  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.1)
    return found


async def _found(client: Client, wanted: Look) -> int:
    return (await _crowd(client, wanted)).count
