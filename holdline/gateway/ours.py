"""What our own changes cause: told by whose change it was, or by the request that it names; it opens nothing (S3.9).

https://developer.genesys.cloud/notificationsalerts/notifications/available-topics: an audit message has the client, an
operational event who changed its entity last; an envelope of EventBridge has a correlation id in its metadata.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from holdline.domain.keys import minted

BY_REQUEST: Final = "a change of ours caused it: it names our request"
BY_CLIENT: Final = "a change of ours caused it: our OAuth client made it"
_AUDITS: Final = re.compile(r"v2\.audits\.entitytype\.[^.]+\.entityid\.[^.]+")
# Whoever changed an entity long ago is not to blame for what happens to it now.
_AT_ONCE: Final = timedelta(minutes=1)
_MODIFIED: Final = TypeAdapter(AwareDatetime)


def cause(topic: str, told: Mapping[str, Any], client: str) -> str:
    """Why an event of Genesys is our own doing, or nothing; `told` has its body and its metadata."""
    metadata, body = told.get("metadata"), told.get("eventBody")
    if isinstance(metadata, dict) and minted(metadata.get("CorrelationId")):
        return BY_REQUEST
    by = body.get("clientId") if isinstance(body, dict) and _AUDITS.fullmatch(topic) else None
    return BY_CLIENT if isinstance(by, dict) and _is(by.get("id"), client) else ""


def modified(by: object, modified_at: object, at: datetime, client: str) -> bool:
    """Whether our client changed an entity just before something happened to it; what cannot be read says nothing."""
    if not _is(by, client) or isinstance(modified_at, bool):
        return False
    try:
        when = (
            datetime.fromtimestamp(modified_at / 1000, UTC)
            if isinstance(modified_at, int)
            else _MODIFIED.validate_python(modified_at)
        )
    except (ValidationError, OverflowError, OSError, ValueError):
        return False
    return timedelta(0) <= at - when <= _AT_ONCE


def _is(given: object, client: str) -> bool:
    return isinstance(given, str) and bool(client) and given.lower() == client.lower()
