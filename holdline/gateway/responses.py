"""What a presser in Slack is told, by the address that came with the press, and by no other host (S0.6).

The address is good for half an hour and lets anybody write into the conversation, so it is on no disk: after a restart
a press is still carried out, and only its presser is not told.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from holdline.domain.approval import Proposal
from holdline.domain.button import Button, Pressing
from holdline.gateway.presses import Press

_GOOD_FOR: Final = timedelta(minutes=30)
_MOST: Final = 2000
_PATIENCE: Final = 3.0
_LONGEST: Final = 2900
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_log = logging.getLogger(__name__)


class Responses:
    """Answers pressers; `origin` is the only place that answers are sent to."""

    def __init__(self, origin: str) -> None:
        self._origin = _origin(origin)
        self._urls: dict[str, tuple[str, float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, follow_redirects=False)

    def expect(self, event_id: str, url: str) -> None:
        """Remember where a press can be answered; an address elsewhere is not used."""
        if _origin(url) != self._origin:
            if url:
                _log.warning("A press of Slack names another place for its answer than gateway.slack_responses.")
            return
        while len(self._urls) >= _MOST:
            del self._urls[next(iter(self._urls))]
        self._urls[event_id] = (url, time.monotonic())

    def tell(self, event_id: str, text: str, press: Press | None = None, asks: Proposal | None = None) -> None:
        """Tell the presser, once and without waiting for it; a plan is asked about with a button of its own."""
        url, at = self._urls.pop(event_id, ("", 0.0))
        if not url or time.monotonic() - at > _GOOD_FOR.total_seconds():
            return
        task = asyncio.get_running_loop().create_task(self._post(url, message(text, press, asks)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Let what is being said be said."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_PATIENCE)
        await self._http.aclose()

    async def _post(self, url: str, content: Mapping[str, Any]) -> None:
        try:
            answer = await self._http.post(url, json=content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _log.warning("A presser in Slack could not be told what became of it (%s).", type(error).__name__)
            return
        if not answer.is_success:
            _log.warning("A presser in Slack could not be told what became of it (HTTP %d).", answer.status_code)


def message(text: str, press: Press | None = None, asks: Proposal | None = None) -> dict[str, Any]:
    """Words that only the presser sees, as plain text: nothing in them is a mention or markup."""
    words = text[:_LONGEST]
    blocks: list[dict[str, Any]] = [{"type": "section", "text": _plain(words)}]
    if press is not None and asks is not None:
        blocks.append({"type": "actions", "elements": [_button(press, asks)]})
    return {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": words.translate(_ESCAPED),
        "blocks": blocks,
    }


def _button(press: Press, asks: Proposal) -> dict[str, Any]:
    """The second press decides about exactly this plan."""
    about = Pressing(
        workflow_id=press.workflow_id,
        epoch=press.epoch,
        opening=press.opening,
        episode=press.episode,
        tag=asks.digest,
        proposal=asks.id,
    )
    return {
        "type": "button",
        "action_id": press.verb.id,
        "text": _plain(f"{press.verb.words} plan {asks.digest}"[:75]),
        "value": about.written(),
        "style": "primary" if press.verb is Button.APPROVE else "danger",
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
