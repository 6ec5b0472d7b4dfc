"""What a notice looks like at Slack: plain text and buttons, so that nothing of an event is rendered as markup.

https://docs.slack.dev/reference/block-kit/blocks
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from holdline.domain.button import Button, Pressing
from holdline.domain.text import clean
from holdline.ports import Notice

_TITLE, _NAME, _VALUE = 150, 75, 500
_ROWS: Final = 5
"""A section has ten fields: the names of five lines and what they say."""

_ENOUGH: Final = 10_000
"""Characters of blocks; Slack refuses somewhat more than 13,000."""

_FORMATTING: Final = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""The text of a notification knows no plain form: what formats is written by what looks like it, the rest escaped."""

_STYLES: Final = {Button.ACKNOWLEDGE: "primary", Button.APPROVE: "primary", Button.DENY: "danger"}


def headline(notice: Notice) -> str:
    """What a telephone shows of the message."""
    return clean(f"{notice.severity}: {notice.title}", _TITLE).translate(_FORMATTING)


def blocks(notice: Notice) -> list[dict[str, Any]]:
    """The title, the lines as a table as far as they fit, and the buttons."""
    title = {"type": "header", "text": _plain(f"{notice.severity}: {notice.title}", _TITLE)}
    buttons = list(_buttons(notice))
    below = [{"type": "actions", "block_id": "holdline", "elements": buttons}] if buttons else []
    return [title, *_table(notice, _ENOUGH - _length([title, *below])), *below]


def _table(notice: Notice, room: int) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = []
    for name, value in notice.lines.items():
        row = [_plain(name, _NAME), _plain(value, _VALUE)]
        if _length([*fields, *row]) + _SECTION * (len(fields) // (2 * _ROWS) + 1) > room:
            break
        fields += row
    step = 2 * _ROWS
    return [{"type": "section", "fields": fields[at : at + step]} for at in range(0, len(fields), step)]


_SECTION: Final = 40
"""What a section needs besides its fields."""


def _length(value: Any) -> int:
    return len(json.dumps(value))


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clean(text, limit) or "–", "emoji": False}


def _buttons(notice: Notice) -> Iterator[dict[str, Any]]:
    """One for each action that there is a button for; the press names the incident, and the message by its tag."""
    for button in (each for each in Button if each in notice.actions):
        pressing = _pressing(notice, button)
        style = {"style": _STYLES[button]} if button in _STYLES else {}
        label = {"text": _plain(button.words, _NAME), "action_id": button.id, "value": pressing.written()}
        yield {"type": "button", **label, **style}


def _pressing(notice: Notice, button: Button) -> Pressing:
    """A decision names its plan, so that nobody allows another one than they have read."""
    decides = button.decides and bool(notice.proposal)
    return Pressing(
        workflow_id=notice.workflow_id,
        epoch=notice.epoch,
        opening=notice.opening,
        episode=notice.episode,
        tag=notice.digest if decides else notice.tag,
        proposal=notice.proposal if decides else "",
    )
