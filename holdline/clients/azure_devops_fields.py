"""The fields of a work item in the shapes that Azure DevOps wants; in fields of HTML nothing of ours is markup."""

import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any, Final

from holdline.clients.ticketing import filled, line
from holdline.domain.text import cut
from holdline.domain.ticket import FieldValue
from holdline.ports import TicketOrder

STATE: Final = "System.State"
HISTORY: Final = "System.History"

_DESCRIPTION: Final = "System.Description"
_HTML: Final = frozenset(
    {
        _DESCRIPTION,
        HISTORY,
        "Microsoft.VSTS.TCM.ReproSteps",
        "Microsoft.VSTS.TCM.SystemInfo",
        "Microsoft.VSTS.Common.AcceptanceCriteria",
    }
)
_MARKED: Final = ".html"
_LINE, _TEXT = 255, 30_000
_DIGEST = 24


def tagged(key: str) -> str:
    """The tag that a work item is found by; a digest holds neither a comma nor a semicolon."""
    return f"holdline-{hashlib.sha256(key.encode()).hexdigest()[:_DIGEST]}"


def written(fields: Mapping[str, FieldValue], order: TicketOrder) -> dict[str, str]:
    """The fields filled in; the description ends with our key. A field of HTML of your own is written `NAME.html`."""
    found: dict[str, str] = {}
    for name, value in filled(fields, order).items():
        field = name.removesuffix(_MARKED)
        if field == _DESCRIPTION:
            found[field] = markup(f"{cut(value, _TEXT)}\n\n{order.key}")
        else:
            long = field in _HTML or name.endswith(_MARKED)
            found[field] = markup(cut(value, _TEXT)) if long else line(value, _LINE)
    return found


def markup(text: str) -> str:
    """Plain text as HTML."""
    return escape(text).replace("\n", "<br>")


def patch(fields: Mapping[str, str], rev: int | None) -> list[dict[str, Any]]:
    """A JSON Patch that sets these fields, on a certain revision where one is named."""
    guard: list[dict[str, Any]] = [] if rev is None else [{"op": "test", "path": "/rev", "value": rev}]
    return guard + [{"op": "add", "path": f"/fields/{name}", "value": value} for name, value in fields.items()]
