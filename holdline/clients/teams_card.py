"""What a notice looks like at Teams: an adaptive card of text runs, in which nothing is rendered as Markdown.

https://learn.microsoft.com/adaptive-cards/create/textfeatures
"""

import json
from typing import Any, Final

from holdline.clients.plain import rows
from holdline.domain.address import is_ours
from holdline.domain.incident import Severity
from holdline.domain.text import clean
from holdline.ports import Notice

_TITLE, _VALUE, _LABEL, _LINKS = 200, 500, 40, 6
_ENOUGH: Final = 24_000
"""Bytes of the whole message; Teams refuses more than 28 KB, after the workflow has said that it took it."""

_COLOURS: Final = {Severity.CRITICAL: "Attention", Severity.HIGH: "Warning"}


def message(notice: Notice, ours: str) -> dict[str, Any]:
    """The card with as many lines as fit; a link of ours becomes a button that opens it, any other stays text."""
    title = clean(f"{notice.severity}: {notice.title}", _TITLE)
    heading = _run(title) | {"weight": "Bolder", "size": "Large"}
    if notice.severity in _COLOURS:
        heading["color"] = _COLOURS[notice.severity]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [heading]}],
    }
    _fill(card, notice, ours)
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _fill(card: dict[str, Any], notice: Notice, ours: str) -> None:
    found = tuple(rows(notice, ours, _VALUE))
    links = [(name, value) for name, value in found if is_ours(value, ours)][:_LINKS]
    if links:
        card["actions"] = [{"type": "Action.OpenUrl", "title": clean(name, _LABEL), "url": url} for name, url in links]
    left = _ENOUGH - _size(card)
    for name, value in found:
        row = {"type": "RichTextBlock", "inlines": [_run(f"{name}: ") | {"weight": "Bolder"}, _run(value)]}
        left -= _size(row)
        if left < 0:
            return
        if not is_ours(value, ours):
            card["body"].append(row)


def _run(text: str) -> dict[str, Any]:
    """A text as it is; `{{DATE(…)}}` would be rendered even here."""
    return {"type": "TextRun", "text": text.replace("{{", "{ {")}


def _size(value: Any) -> int:
    return len(json.dumps(value))
