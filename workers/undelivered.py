"""The watch over the tickets that their systems were not told."""

import asyncio
import logging
from datetime import UTC, datetime

from temporalio.client import Client
from temporalio.service import RPCError

from holdline import keeper
from holdline.domain.incident import IncidentKind
from holdline.domain.runbook import completed
from holdline.settings import Settings
from holdline.undelivered import EVERY, Pile

log = logging.getLogger(__name__)


async def watch_letters(client: Client, settings: Settings) -> None:
    """Count them each minute until cancelled; without a runbook there is nobody to ask."""
    if not settings.runbooks:
        return
    runbook = completed(settings.runbooks)[IncidentKind.DEAD_LETTERS]
    pile = Pile(client, "tickets", settings.deadletters.most, runbook)
    while True:
        await asyncio.sleep(EVERY.total_seconds())
        await count(client, pile)


async def count(client: Client, pile: Pile) -> None:
    """Count once; what Temporal does not answer now it is asked again a minute later."""
    try:
        await pile.counted(await keeper.dead(client), datetime.now(UTC))
    except (RPCError, RuntimeError) as error:
        # RuntimeError is the bridge's word for a connection that cannot be made.
        log.warning("the dead letters could not be counted: %s", error)
