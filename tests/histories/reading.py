"""Reading a recorded history back."""

import json
from pathlib import Path

from temporalio.client import WorkflowHistory


def recorded(path: Path) -> WorkflowHistory:
    """The history under the workflow id that it was recorded with: ids that are minted from it stay what they were."""
    text = path.read_text(encoding="utf-8")
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], text)
