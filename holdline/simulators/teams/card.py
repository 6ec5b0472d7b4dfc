"""What a workflow needs of a request before it runs, and what Teams makes of the card.

https://learn.microsoft.com/adaptive-cards/create/textfeatures
"""

import json
from typing import Any

from holdline.simulators.teams.errors import TeamsError

LARGEST = 28 * 1024
"""Bytes of a message; a larger one is taken by the workflow, and refused by Teams later."""

CARD = "application/vnd.microsoft.card.adaptive"


def card_of(body: bytes) -> dict[str, Any]:
    """The adaptive card of a request. Raises TeamsError 400 for anything else."""
    try:
        message = json.loads(body)
    except ValueError:
        raise TeamsError(400, "The request body is not JSON.") from None
    match message:
        case {"type": "message", "attachments": [{"contentType": kind, "content": {"type": "AdaptiveCard"} as card}]}:
            if kind == CARD and isinstance(card.get("body"), list):
                return dict(card)
    raise TeamsError(400, "The request body is no message with one adaptive card.")


def texts(value: Any) -> list[str]:
    """Every text of a card that somebody reads, in order."""
    match value:
        case {"type": "TextBlock" | "TextRun", "text": str(text)}:
            return [text]
        case {"type": "Action.OpenUrl"}:
            return [str(value.get("title", ""))]
        case dict():
            return [text for each in value.values() for text in texts(each)]
        case list():
            return [text for each in value for text in texts(each)]
        case _:
            return []


def rendered(value: Any) -> list[str]:
    """The texts in which Teams looks for Markdown: those of text blocks and of facts, and not those of text runs."""
    match value:
        case {"type": "TextBlock", "text": str(text)}:
            return [text]
        case {"title": str(title), "value": str(fact)}:
            return [title, fact]
        case dict():
            return [text for each in value.values() for text in rendered(each)]
        case list():
            return [text for each in value for text in rendered(each)]
        case _:
            return []


def links(card: dict[str, Any]) -> list[str]:
    """The addresses that its buttons open."""
    return [str(each.get("url")) for each in card.get("actions", []) if each.get("type") == "Action.OpenUrl"]
