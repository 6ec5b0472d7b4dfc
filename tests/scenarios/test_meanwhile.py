"""What happens while a call is in flight: the answer to it changes nothing that has been decided meanwhile."""

from holdline.domain import messages
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from tests.workflows.gates import WITHOUT_LOOK, gated, services
from workers.virtual import VirtualTime

BEFORE = ("carrier-a", "carrier-b")


async def test_resolved_while_it_is_read(virtual: VirtualTime) -> None:
    """An operator resolves while the reading that would have declared recovery is under way."""
    async with gated(virtual) as (story, outside):
        await story.fails()
        await story.at("1m")
        outside.verdict = Verdict.HEALTHY
        await story.observes(Verdict.HEALTHY)
        reading = outside.gate("read")
        await story.at("1m30s")
        await reading.arrived()
        await story.asks(messages.RESOLVE)
        reading.open()
        assert State.RESOLVED is (await story.ends()).state


async def test_resolved_while_the_route_is_changed(virtual: VirtualTime) -> None:
    """A change under way when the incident is resolved is put back."""
    async with gated(virtual) as (story, outside):
        changing = outside.gate("change")
        await story.fails()
        await changing.arrived()
        await story.asks(messages.RESOLVE)
        changing.open()
        await story.ends()
        assert [("route", "carrier-b"), ("route", "carrier-a")] == [r for r in outside.ledger if r[0] == "route"]


async def test_resolved_while_routes_are_read(virtual: VirtualTime) -> None:
    """Nothing is changed once the incident is resolved."""
    async with gated(virtual, WITHOUT_LOOK) as (story, outside):
        reading = outside.gate("routes")
        await story.fails()
        await reading.arrived()
        await story.asks(messages.RESOLVE)
        reading.open()
        await story.ends()
        assert 0 == outside.count("route")


async def test_resolved_while_a_page_is_sent(virtual: VirtualTime) -> None:
    """A page under way when the incident is resolved is closed."""
    async with gated(virtual) as (story, outside):
        paging = outside.gate("page one")
        await story.fails()
        await paging.arrived()
        await story.asks(messages.RESOLVE)
        paging.open()
        await story.ends()
        assert (1, 1) == (outside.count("page", "one"), outside.count("closed", "one"))


async def test_acknowledged_while_a_page_is_sent(virtual: VirtualTime) -> None:
    """An acknowledgement that arrives while a page is under way keeps the next tier asleep."""
    async with gated(virtual) as (story, outside):
        paging = outside.gate("page one")
        await story.fails()
        await paging.arrived()
        await story.asks(messages.ACKNOWLEDGE)
        paging.open()
        await story.at("20m")
        assert ["one"] == services(outside)


async def test_escalated_while_a_page_is_sent(virtual: VirtualTime) -> None:
    """`escalate` while a page is under way pages the next tier as soon as that page is sent."""
    async with gated(virtual) as (story, outside):
        paging = outside.gate("page one")
        await story.fails()
        await paging.arrived()
        await story.asks(messages.ESCALATE)
        paging.open()
        await story.at("1m")
        assert ["one", "two"] == services(outside)


async def test_escalated_while_pages_are_silenced(virtual: VirtualTime) -> None:
    """`escalate` pages the next tier although the vendor has not silenced the first page yet."""
    async with gated(virtual) as (story, outside):
        await story.fails()
        await story.at("1m")
        silencing = outside.gate("silence")
        await story.asks(messages.ACKNOWLEDGE)
        await silencing.arrived()
        paging = outside.gate("page two", is_open=True)
        await story.asks(messages.ESCALATE, by="bob")
        await paging.arrived()
        silencing.open()
        await story.at("2m")
        assert ["one", "two"] == services(outside)


async def test_taken_while_the_vendor_is_asked(virtual: VirtualTime) -> None:
    """The first acknowledgement keeps the incident although the vendor names another person a moment later."""
    async with gated(virtual) as (story, outside):
        await story.fails()
        await story.at("1m")
        asking = outside.gate("ask")
        await story.at("5m1s")
        await asking.arrived()
        await story.asks(messages.ACKNOWLEDGE, by="bob")
        outside.taken["one"] = "carol"
        asking.open()
        await story.at("6m")
        assert "bob" == (await story.snapshot()).acknowledged_by


async def test_recovered_while_a_page_is_sent(virtual: VirtualTime) -> None:
    """When the trunk recovers while a page is under way, that page is closed and no other target is tried."""
    async with gated(virtual) as (story, outside):
        paging = outside.gate("page one")
        await story.fails()
        await paging.arrived()
        await story.recovers()
        paging.open()
        told = await story.ends()
        assert (State.RESOLVED, set(), BEFORE) == (told.state, outside.open_pages, outside.order)
