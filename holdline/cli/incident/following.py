"""Following one incident: what is new since the last look, and what is in the way of looking."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError

from holdline.cli.incident.reading import Ended, NoWorker, ask, story
from holdline.domain.lifecycle import OVER
from holdline.domain.messages import Snapshot
from holdline.domain.timeline import Entry

_PATIENCE: Final = timedelta(seconds=3)
_QUIET: Final = timedelta(seconds=3)
_AWAY: Final = "Temporal does not answer; trying on"


class Following:
    """Looks at one incident again and again; a worker or a server that is away ends nothing."""

    def __init__(self, client: Client, workflow_id: str) -> None:
        self._client = client
        self._workflow_id = workflow_id
        self._told: set[Entry] = set()
        self._news_at = datetime.now(UTC)
        self.story: Snapshot | None = None
        self.trouble = ""

    async def look(self) -> list[Entry]:
        """The rows that are new, oldest first. Where nothing can be learnt, `trouble` says why."""
        try:
            self.story = await ask(self._client, self._workflow_id, None, _PATIENCE)
            self.trouble = ""
        except NoWorker:
            await self._without_worker()
        except RPCError:
            self.trouble = _AWAY
        return self._news()

    async def _without_worker(self) -> None:
        """Ask Temporal itself: the run may be closed, or it is Temporal that does not answer."""
        self.trouble = "no worker answers; the incident is safe in Temporal and goes on when one does"
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                left = await story(self._client, self._workflow_id)
        except Ended as ended:
            self.trouble = f"the run was {ended.how} and tells no more"
        except (RPCError, TimeoutError):
            self.trouble = _AWAY
        else:
            if left is not None:
                self.story, self.trouble = left, ""

    def _news(self) -> list[Entry]:
        rows = self.story.timeline if self.story else ()
        news = [entry for entry in rows if entry not in self._told]
        self._told.update(news)
        if news:
            self._news_at = datetime.now(UTC)
        return news

    @property
    def closed(self) -> bool:
        """Whether the incident is closed for good."""
        return self.story is not None and self.story.closed_at is not None

    @property
    def settled(self) -> bool:
        """Whether it is over and has said nothing new for a moment: everything is put back and closed."""
        over = self.story is not None and self.story.state in OVER
        return self.closed or (over and not self.trouble and datetime.now(UTC) - self._news_at >= _QUIET)
