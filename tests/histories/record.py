"""Record the histories anew: `python -m tests.histories.record [name …]`."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from tests.histories.stories import STORIES, Story
from tests.workflows.gates import gated
from tests.workflows.short import short_histories
from workers.virtual import VirtualTime, virtual_time

FOLDER = Path(__file__).parent

# A last run in which nothing but the end of the lingering happens tells nothing that another would decide otherwise.
_TELLING = 20

# Who did it and where is nobody's business; none of it decides what a replay does.
_PRIVATE = {
    "identity",
    "requestId",
    "binaryChecksum",
    "workerVersion",
    "meteringMetadata",
    "historySizeBytes",
    "stackTrace",
    "taskId",
}


async def record(names: Sequence[str]) -> None:
    """Tell the stories and keep the history of every run of theirs."""
    async with AsyncExitStack() as stack:
        usual = await stack.enter_async_context(virtual_time())
        short = await stack.enter_async_context(short_histories())
        for name in names:
            story = STORIES[name]
            histories = await _told(short if story.long else usual, story)
            keep(name, histories)
            print(f"{name}: {', '.join(str(len(each['events'])) for each in histories)} events")


async def _told(time: VirtualTime, told: Story) -> list[dict[str, Any]]:
    async with gated(time, told.runbook, told.about) as (story, outside):
        await told.life(story, outside)
        await story.ends()
        return await runs(story.handle, time)


async def runs(handle: WorkflowHandle[Any, Any], time: VirtualTime) -> list[dict[str, Any]]:
    """The history of each run, from the first to the last."""
    histories, run_id = [], handle.first_execution_run_id
    while run_id:
        history = await time.client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        if len(history.events) >= _TELLING:
            histories.append(_scrubbed(history.to_json_dict()))
        continued = history.events[-1].workflow_execution_continued_as_new_event_attributes
        run_id = continued.new_execution_run_id
    return histories


def _scrubbed(value: Any) -> Any:
    match value:
        case dict():
            kept = {name: _scrubbed(each) for name, each in value.items() if name not in _PRIVATE}
            return kept | {"name": "sticky"} if kept.get("kind") == "TASK_QUEUE_KIND_STICKY" else kept
        case list():
            return [_scrubbed(each) for each in value]
        case _:
            return value


def keep(name: str, histories: list[dict[str, Any]], folder: Path = FOLDER) -> None:
    """Write the histories of one story in place of those that were there."""
    for old in folder.glob(f"{name}*.json"):
        if old.stem.rstrip("0123456789").rstrip(".") == name:
            old.unlink()
    for number, history in enumerate(histories, start=1):
        path = folder / (f"{name}.json" if len(histories) == 1 else f"{name}.{number}.json")
        lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in history["events"])
        path.write_text(f'{{"events":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or list(STORIES)))
