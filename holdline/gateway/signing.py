"""Our own signature as the gateway verifies it; several secrets are live while one is replaced."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified, matching, missing, one
from holdline.seal import SIGNATURE, digest

EVENT_ID: Final = "X-Holdline-Event-Id"
SKEW: Final = timedelta(seconds=60)
_HEADER = SIGNATURE.lower().encode()
_MOST = 16


def verify(delivery: Delivery, secrets: Sequence[bytes], now: datetime, window: timedelta) -> Verified | Refused:
    """Check the signature, and that it is at most `window` old and not from the future. Never raises."""
    header = one(delivery.headers, _HEADER)
    if header is None:
        return missing(delivery.headers, _HEADER)
    parts = _parts(header)
    if parts is None:
        return Refused(Refusal.MALFORMED)
    moment, given = parts
    outcome = matching([digest(secret, moment, delivery.body) for secret in secrets], given)
    if isinstance(outcome, Refused):
        return outcome
    return untimely(now.timestamp() - int(moment), window) or outcome


def untimely(age: float, window: timedelta) -> Refused | None:
    """Refuse what is `age` seconds old where that is more than `window`, or lies in the future."""
    if age > window.total_seconds():
        return Refused(Refusal.STALE)
    return Refused(Refusal.FUTURE) if -age > SKEW.total_seconds() else None


def _parts(header: bytes) -> tuple[bytes, list[bytes]] | None:
    """The time and the signatures of a header: exactly one `t`, at least one `v1`, anything else is passed over."""
    moments, given = [], []
    for item in header.split(b",", _MOST):
        name, _, value = item.strip().partition(b"=")
        if name == b"t":
            moments.append(value)
        elif name == b"v1":
            given.append(value)
    if len(moments) != 1 or not given or not moments[0].isdigit() or len(moments[0]) > 11:
        return None
    return moments[0], given
