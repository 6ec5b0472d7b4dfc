"""`X-Slack-Signature`: `v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<raw body>`.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a request's body."""
    signed = f"v0:{timestamp}:".encode() + body
    return f"v0={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
