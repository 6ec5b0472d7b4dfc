"""Our own signature: `X-Holdline-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>">`.

Several `v1` may be given, so that a sender can sign with the old and the new secret while one is replaced.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

SIGNATURE: Final = "X-Holdline-Signature"


def sign(body: bytes, secrets: Sequence[str], at: datetime) -> str:
    """The header's value for a raw body, sent at `at`; one `v1` for each secret."""
    moment = str(int(at.timestamp()))
    digests = [digest(secret.encode(), moment.encode(), body).decode() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={each}" for each in digests)])


def digest(secret: bytes, moment: bytes, body: bytes) -> bytes:
    """The hex digest that a secret gives to a body at a moment."""
    return hmac.digest(secret, moment + b"." + body, "sha256").hex().encode()
