"""The relay for Azure DevOps in the documentation says what the gateway takes, signed as it wants it."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from holdline.clients.azure_devops_fields import markup, tagged
from holdline.domain.keys import Incident
from holdline.domain.messages import AnswerKind
from holdline.gateway import tickets
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Addressed, Source
from holdline.settings.events import TicketEvents
from tests.gateway.events import TICKETS, raw
from tests.gateway.running import Running

PAGE = Path("docs/how-to/answer-from-a-ticket.md")
INCIDENT = Incident("incident/trunk_failure/site:vienna.1", 3)
KEY = INCIDENT.ticket_key("0a1b2c3d")
OTHER = "holdline/trunk_failure/7f3a/1"
OTTO = "Otto Berger <otto@example.com>"
OURS = {"displayName": "Holdline", "uniqueName": "holdline@example.com"}


def relay() -> dict[str, Any]:
    """What the page defines."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    defined: dict[str, Any] = {}
    exec(code, defined)
    return defined


def work_item(**over: Any) -> dict[str, Any]:
    """The fields of a work item of ours as a hook has them."""
    return {
        "System.State": "Doing",
        "System.Tags": f"telephony; {tagged(KEY)}",
        "System.CreatedBy": "Holdline <holdline@example.com>",
        "System.ChangedBy": "Maria Huber <maria@example.com>",
        "System.ChangedDate": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "System.Description": markup(f"Like {OTHER} it fails.\n\n{KEY}"),
        "System.History": "<div>the carrier &amp; we know</div>",
        **over,
    }


def updated(fields: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A hook about a change."""
    changes = {f"System.{name}": {"newValue": value} for name, value in changed.items()}
    item = {"id": 13, "rev": 2, "fields": fields or work_item()}
    resource = {"id": 2, "workItemId": 13, "rev": 2, "fields": changes, "revision": item}
    return {"eventType": "workitem.updated", "resource": resource}


COMMENTED = {"eventType": "workitem.commented", "resource": {"id": 13, "rev": 3, "fields": work_item()}}


@pytest.mark.parametrize(
    ("hook", "kind", "by", "text"),
    [
        (updated(State="Done", AssignedTo=OTTO), AnswerKind.RESOLVED, "Maria Huber", ""),
        (updated(AssignedTo=OTTO), AnswerKind.ACKNOWLEDGED, "Otto Berger", ""),
        (updated(AssignedTo={"displayName": "A group"}), AnswerKind.ACKNOWLEDGED, "A group", ""),
        (updated(State="Done", AssignedTo=OURS), AnswerKind.RESOLVED, "Maria Huber", ""),
        (COMMENTED, AnswerKind.COMMENTED, "Maria Huber", "the carrier & we know"),
    ],
)
def test_what_people_do_is_an_answer(hook: Any, kind: AnswerKind, by: str, text: str) -> None:
    """S4.7: to the incident that the work item names, by name."""
    delivery = Delivery(raw(relay()["told"](hook)), ())
    reading = tickets.read(delivery, datetime.now(UTC), Source.AZURE_DEVOPS, timedelta(hours=72), TicketEvents())
    said = Addressed.model_validate_json(reading.item)
    assert (INCIDENT.workflow_id, kind, by, text) == (
        said.workflow_id,
        said.answer.kind,
        said.answer.by,
        said.answer.text,
    )


@pytest.mark.parametrize(
    "hook",
    [
        updated(Title="another"),
        updated(work_item(**{"System.Tags": "telephony"}), AssignedTo=OTTO),
        updated(work_item(**{"System.Description": ""}), AssignedTo=OTTO),
        updated(work_item(**{"System.ChangedBy": "Holdline <holdline@example.com>"}), State="Done"),
        updated(work_item(**{"System.ChangedBy": OURS}), State="Done"),
        updated(AssignedTo="Holdline <holdline@example.com>"),
        updated(AssignedTo=OURS),
        updated(AssignedTo=""),
    ],
)
def test_the_rest_is_not_sent(hook: Any) -> None:
    """Neither another change, nor a work item of others, nor what Holdline did itself or was given."""
    assert relay()["told"](hook) is None


async def test_it_is_signed(door: Running) -> None:
    """The gateway takes it, and refuses another secret's."""
    defined = relay()
    event = defined["told"](updated(AssignedTo=OTTO))
    await asyncio.to_thread(defined["send"], door.url, TICKETS, event)
    with pytest.raises(HTTPError, match="401"):
        await asyncio.to_thread(defined["send"], door.url, TICKETS[::-1], event)
