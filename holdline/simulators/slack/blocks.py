"""What Slack takes as the content of a message, by its own limits.

https://docs.slack.dev/reference/block-kit/blocks
"""

import json
from typing import Any

from holdline.simulators.slack.errors import SlackError

LONGEST_TEXT, LONGEST_BLOCKS, MOST_BLOCKS = 40_000, 13_000, 50
_FIELDS, _FIELD, _SECTION, _HEADER = 10, 2000, 3000, 150
_BUTTONS, _LABEL, _VALUE, _ACTION = 25, 75, 2000, 255


def checked(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of an acceptable message. Raises SlackError with the code of what is wrong."""
    text, blocks = body.get("text", ""), body.get("blocks", [])
    if not text and not blocks:
        raise SlackError("no_text")
    if len(str(text)) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS or not all(_acceptable(each) for each in blocks):
        raise SlackError("invalid_blocks")
    if len(json.dumps(blocks, ensure_ascii=False)) > LONGEST_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    return blocks


def _acceptable(block: Any) -> bool:
    match block:
        case {"type": "header", "text": {"type": "plain_text"} as text}:
            return _text(text, _HEADER)
        case {"type": "section"}:
            return _section(block)
        case {"type": "context", "elements": list(elements)}:
            return 0 < len(elements) <= 10 and all(_text(each, _FIELD) for each in elements)
        case {"type": "actions", "elements": list(elements)}:
            return 0 < len(elements) <= _BUTTONS and all(_button(each) for each in elements)
        case {"type": "divider"}:
            return True
        case _:
            return False


def _section(block: dict[str, Any]) -> bool:
    text, fields = block.get("text"), block.get("fields", [])
    if text is None and not fields:
        return False
    return (text is None or _text(text, _SECTION)) and len(fields) <= _FIELDS and all(_text(e, _FIELD) for e in fields)


def _text(value: Any, longest: int) -> bool:
    match value:
        case {"type": "plain_text" | "mrkdwn", "text": str(text)}:
            return 0 < len(text) <= longest
        case _:
            return False


def _button(value: Any) -> bool:
    match value:
        case {"type": "button", "text": {"type": "plain_text"} as text, "action_id": str(action)}:
            return _text(text, _LABEL) and len(action) <= _ACTION and len(str(value.get("value", ""))) <= _VALUE
        case _:
            return False
