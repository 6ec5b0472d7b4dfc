"""The storm itself: signed events, ready to be written to a socket."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from holdline.seal import SIGNATURE, sign

SECRET: Final = "storm-secret-of-the-benchmark-000001"
KEYS: Final = 20


def trunk(storm: int, key: int) -> str:
    """The id of a trunk that belongs to one storm."""
    return f"{storm:08x}-{key:04x}-4222-8333-444444444444"


def requests(storm: int, events: int) -> Iterator[bytes]:
    """So many requests about KEYS trunks in turn, each an event of its own."""
    for number in range(events):
        now = datetime.now(UTC)
        body = json.dumps(
            {
                "event_id": f"storm-{storm}-{number}",
                "incident_type": "trunk_failure",
                "entity": f"trunk:{trunk(storm, number % KEYS)}",
                "severity": "HIGH",
                "timestamp": now.isoformat(),
                "metrics": {"quality": 0.71},
                "reason": "no OPTIONS answer",
            }
        ).encode()
        head = (
            f"POST /v1/events HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
            f"{SIGNATURE}: {sign(body, (SECRET,), now)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body
