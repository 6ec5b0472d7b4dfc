"""The fields of an issue in the shapes that Jira wants, made from plain text: nothing in it is markup."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from holdline.clients.ticketing import lines
from holdline.domain.text import clean
from holdline.domain.ticket import FieldValue, rendered
from holdline.ports import TicketOrder

_SUMMARY, _LINE, _TEXT = 255, 255, 30_000
_DIGEST = 24
_DOCUMENTS: Final = frozenset({"description", "environment"})
_NAMED: Final = frozenset({"priority", "resolution", "security"})
_LISTS: Final = MappingProxyType({"components": "name", "versions": "name", "fixVersions": "name"})


def label(key: str) -> str:
    """The label that an issue is found by: a label holds no space, and a digest has none."""
    return f"holdline-{hashlib.sha256(key.encode()).hexdigest()[:_DIGEST]}"


def written(fields: Mapping[str, FieldValue], order: TicketOrder, *, label: bool = True) -> dict[str, Any]:
    """The fields filled in; the description ends with our key, by which a webhook names the incident.

    `priority.name` and the like are written as a table; `label` is False where labels are not touched.
    """
    facts = order.facts | {"note": order.note, "key": order.key}
    found: dict[str, Any] = {}
    for name, value in rendered(fields, facts).items():
        field, _, part = name.partition(".")
        if field == "labels" and not label:
            continue
        text = f"{value}\n\n{order.key}" if field == "description" else value
        found[field] = _shaped(field, part, text)
    return found


def _shaped(field: str, part: str, text: str) -> Any:
    """The value of a field: a document, a table with one name, a list, or one line of text."""
    if field in _DOCUMENTS or part == "document":
        return document(lines(text, _TEXT))
    if part:
        return {part: clean(text, _LINE)}
    if field in _NAMED:
        return {"name": clean(text, _LINE)}
    if field == "labels":
        return [clean(each, _LINE) for each in text.split()]
    if field in _LISTS:
        return [{_LISTS[field]: clean(each, _LINE)} for each in text.split(",") if each.strip()]
    return clean(text, _SUMMARY)


def document(text: str) -> dict[str, Any]:
    """A document of plain paragraphs in Atlassian's format, one for each line."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
        for line in text.splitlines() or [""]
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}
