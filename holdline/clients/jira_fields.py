"""The fields of an issue in the shapes that Jira wants, made from plain text: nothing in it is markup."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from holdline.clients.ticketing import filled, line
from holdline.domain.text import cut
from holdline.domain.ticket import FieldValue
from holdline.ports import TicketOrder

_LINE, _TEXT = 255, 30_000
_DOCUMENTS: Final = frozenset({"description", "environment"})
_NAMED: Final = frozenset({"priority", "resolution", "security"})
_LISTS: Final = MappingProxyType({"components": "name", "versions": "name", "fixVersions": "name"})


def written(fields: Mapping[str, FieldValue], order: TicketOrder, *, labels: bool = True) -> dict[str, Any]:
    """The fields filled in; the description ends with our key, for people who look for it.

    `priority.name` and the like are written as a table; `labels` is False where they are not touched.
    """
    found: dict[str, Any] = {}
    for name, value in filled(fields, order).items():
        field, _, part = name.partition(".")
        if field == "labels" and not labels:
            continue
        text = f"{cut(value, _TEXT)}\n\n{order.key}" if field == "description" else value
        found[field] = _shaped(field, part, text)
    return found


def _shaped(field: str, part: str, text: str) -> Any:
    """The value of a field: a document, a table with one name, a list, or one line of text."""
    if field in _DOCUMENTS or part == "document":
        return document(cut(text, _TEXT + _LINE))
    if part:
        return {part: line(text, _LINE)}
    if field in _NAMED:
        return {"name": line(text, _LINE)}
    if field == "labels":
        return [each[:_LINE] for each in text.split()]
    if field in _LISTS:
        return [{_LISTS[field]: line(each, _LINE)} for each in text.split(",") if each.strip()]
    return line(text, _LINE)


def document(text: str) -> dict[str, Any]:
    """A document of plain paragraphs in Atlassian's format, one for each line."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
        for line in text.splitlines() or [""]
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}
