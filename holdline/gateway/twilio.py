"""Twilio's incoming text messages: their signature, and "ACK <code>" from a contact.

https://www.twilio.com/docs/usage/security#validating-requests and .../messaging/twiml. The sender's number becomes
the name of a contact here and is not kept; a text of nobody we know acknowledges nothing.
"""

import base64
import hmac
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified, matching, missing, one
from holdline.gateway.reading import Reading, State, TextAnswer, answered, dropped, vendor_id

_HEADER: Final = b"x-twilio-signature"
_FIELDS = 100
_PORTS = {"https": 443, "http": 80}
# No code has a U; O, I and L can only be meant as digits.
_ACK = re.compile(r"\s*ack(?:nowledge)?[\s:#-]*([0-9a-tv-z]{6})\b", re.IGNORECASE)
_MEANT = str.maketrans("OIL", "011")
# What carriers and Twilio act on themselves; an answer of ours would be a text to somebody who wants none.
_CARRIER = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "START", "UNSTOP", "HELP", "INFO"})

NOT_AN_ACK: Final = "not an acknowledgement"
CARRIER_WORD: Final = "a word for the carrier"
STRANGER: Final = "not sent by a contact"

ContactOf = Callable[[str], str | None]
"""The name of the contact with a telephone number, or None."""


def verify(delivery: Delivery, secrets: Sequence[bytes], _now: datetime) -> Verified | Refused:
    """Check `X-Twilio-Signature` over the public URL, with its port or without, and the form. Never raises."""
    header = one(delivery.headers, _HEADER)
    if header is None:
        return missing(delivery.headers, _HEADER)
    form = _form(delivery.body)
    if form is None:
        return Refused(Refusal.MALFORMED)
    signed = [url.encode() + _parameters(form) for url in _urls(delivery.url)]
    outcome = matching([_signature(secret, text) for secret in secrets for text in signed], [header])
    return Verified(outcome.key // len(signed)) if isinstance(outcome, Verified) else outcome


def read(delivery: Delivery, now: datetime, contact_of: ContactOf) -> Reading:
    """Map a verified text message; only "ACK <code>" of a contact goes further."""
    form = dict(_form(delivery.body) or ())
    event_id = vendor_id(form.get("MessageSid"), delivery.body)
    body = form.get("Body", "")
    if body.strip().upper() in _CARRIER:
        return dropped(event_id, CARRIER_WORD)
    found = _ACK.match(body[:200])
    if found is None:
        return dropped(event_id, NOT_AN_ACK)
    contact = contact_of(form.get("From", ""))
    if contact is None:
        return dropped(event_id, STRANGER)
    code = found.group(1).upper().translate(_MEANT)
    return answered(event_id, f"text/{code}", TextAnswer(code=code, by=contact, at=now))


def reply(reading: Reading) -> str:
    """What the sender is told, as TwiML; it promises no more than is known."""
    if reading.state is State.ACCEPTED:
        code = reading.lane.removeprefix("text/")
        return _twiml(f"Holdline received ACK {code}. It counts if an incident with this code is open.")
    if reading.reason == NOT_AN_ACK:
        return _twiml("Holdline cannot read this. Reply ACK and the six characters of the page, such as ACK 7K2M9Q.")
    if reading.reason == STRANGER:
        return _twiml("Holdline does not know this number. Nothing was acknowledged.")
    return _twiml("")


def _twiml(words: str) -> str:
    message = f"<Message>{words}</Message>" if words else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'


def _form(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        return None


def _parameters(form: list[tuple[str, str]]) -> bytes:
    return "".join(name + value for name, value in sorted(set(form))).encode(errors="replace")


def _urls(url: str) -> list[str]:
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    port = parts.port or _PORTS.get(parts.scheme, 443)
    return [urlunsplit(parts._replace(netloc=netloc)) for netloc in (host, f"{host}:{port}")]


def _signature(secret: bytes, text: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, text, "sha1"))
