"""`X-Twilio-Signature`: base64 HMAC-SHA1 of the full URL followed by the sorted parameters."""

import base64
import hashlib
import hmac


def signature(auth_token: str, url: str, params: dict[str, str]) -> str:
    """The signature of a form post."""
    signed = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
