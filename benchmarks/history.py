"""What an incident writes into its history, and what of that Temporal Cloud bills."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle

from benchmarks import bare
from benchmarks.arrivals import Arrivals
from benchmarks.calls import Calls
from benchmarks.stage import floor, in_memory, stage, working
from benchmarks.story import Story, Trunk

Handle = WorkflowHandle[Any, Any]

SIZE = 5
ACTIVITY = "ACTIVITY_TASK_SCHEDULED"
SIGNAL_WITH_START = (2, "WORKFLOW_EXECUTION_SIGNALED")
# https://docs.temporal.io/cloud/actions: the signal that comes with the start is part of it, and search attributes
# that are set with the start cost nothing. No activity of these histories was attempted twice.
BILLED = {
    "WORKFLOW_EXECUTION_STARTED",
    "WORKFLOW_EXECUTION_SIGNALED",
    "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
    ACTIVITY,
    "TIMER_STARTED",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    "MARKER_RECORDED",
}


@dataclass(frozen=True)
class Count:
    """Events by type, and billable actions by the type of event they are seen in."""

    events: Counter[str]
    actions: Counter[str]


@dataclass(frozen=True)
class Histories:
    """The middle one of several of ours, and of the floor's."""

    ours: Count
    floor: Count


async def histories() -> Histories:
    """Live a few lives side by side; each signal has a workflow task of its own."""
    arrivals = Arrivals()
    async with stage() as here, working(here.client, [*in_memory(arrivals), *floor(Calls(arrivals))]):
        failing = [Trunk(f"trunk-{each}", f"trunk-{each}/route-trunk-{each}") for each in range(SIZE)]
        stories = [Story(here.client, arrivals, trunk, unhurried=True) for trunk in failing]
        await asyncio.gather(*(story.live(asyncio.Semaphore(0)) for story in stories))
        least = [await _bare(here.client, f"bare-{each}") for each in range(SIZE)]
        found = Histories(await _middle([story.handle for story in stories]), await _middle(least))
    assert found.ours.events[ACTIVITY] == found.floor.events[ACTIVITY], "the floor has another number of activities"
    return found


async def _bare(client: Client, name: str) -> Handle:
    handle = await client.start_workflow(bare.WORKFLOW, name, id=name, task_queue=bare.INCIDENTS)
    await handle.result()
    return handle


async def _middle(handles: Sequence[Handle]) -> Count:
    counts = [counted((await handle.fetch_history()).events) for handle in handles]
    return sorted(counts, key=lambda count: count.events.total())[len(counts) // 2]


def counted(events: Sequence[HistoryEvent]) -> Count:
    """Count the events of one history."""
    types = [(event.event_id, EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")) for event in events]
    actions = [kind for number, kind in types if kind in BILLED and (number, kind) != SIGNAL_WITH_START]
    return Count(Counter(kind for _, kind in types), Counter(actions))


def table(ours: Counter[str], least: Counter[str]) -> str:
    """Both by type, the most frequent first."""
    rows = [f"{kind:<40} {number:>4} {least[kind]:>6}" for kind, number in ours.most_common()]
    total = f"{'total':<40} {ours.total():>4} {least.total():>6}"
    return "\n".join((f"{'':<40} ours  floor", *rows, total))
