"""O.1: what an operator filters incidents by is true at every rest."""

import asyncio

from temporalio.common import SearchAttributeKey

from holdline import intake
from holdline.domain import attributes, messages
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.observation import Verdict
from tests.support.scene import Scene, scene
from workers.virtual import VirtualTime


async def test_from_open_to_closed(virtual: VirtualTime) -> None:
    """State, severity, tier, attempts, who has it and the code to answer with follow the incident to its end."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        code = (await story.snapshot()).ack_code
        while (await _texts(story))[0] != "MONITORING":  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.05)
        assert ("MONITORING", "CRITICAL", "nobody", code) == await _texts(story)
        assert (1, 1) == await _numbers(story)
        await story.at("5m10s")
        assert (2, 1) == await _numbers(story)
        await story.asks(messages.ACKNOWLEDGE)
        await story.at("5m20s")
        assert ("MONITORING", "CRITICAL", "alice", code) == await _texts(story)
        await story.recovers()
        await story.ends()
        assert ("RESOLVED", "CRITICAL", "alice", code) == await _texts(story)


async def test_longest_name(virtual: VirtualTime) -> None:
    """A long name in any alphabet is a keyword that the server takes; one that it refuses would end the incident."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        await story.asks(messages.ACKNOWLEDGE, by="🦉" * 300)
        await story.at("20s")
        assert "🦉" * 99 + "…" == (await _texts(story))[2]


async def test_longest_site(virtual: VirtualTime) -> None:
    """An event about a site with a long name in any alphabet opens an incident."""
    async with scene(virtual, staffed=False) as story:
        owls = Entity(kind=EntityKind.TRUNK, id=story.trunk.id, name="🦉" * 300, site="🦉" * 300)
        seen = story.seen(Verdict.BREACH).observations[0].model_copy(update={"entity": owls})
        observed = messages.Observed(observations=(seen,))
        taken = await intake.observe(virtual.client, observed, story.runbook, "request")
        assert taken.started
        await virtual.client.get_workflow_handle(workflow_id(IncidentKind.TRUNK_FAILURE, owls.id)).terminate()


async def _texts(story: Scene) -> tuple[str | None, ...]:
    names = (attributes.STATE, attributes.SEVERITY, attributes.ACKED_BY, attributes.ACK_CODE)
    found = (await story.handle.describe()).typed_search_attributes
    return tuple(found.get(SearchAttributeKey.for_keyword(name)) for name in names)


async def _numbers(story: Scene) -> tuple[int | None, ...]:
    found = (await story.handle.describe()).typed_search_attributes
    return tuple(found.get(SearchAttributeKey.for_int(name)) for name in (attributes.TIER, attributes.RETRIES))
