"""The one place that turns an exception or an answer of HTTP into the errors of the ports."""

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, assert_never
from urllib.parse import quote, quote_plus

import httpx
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from holdline.clients.exchange import Exchange, Intent
from holdline.domain.text import clean
from holdline.ports import (
    Conflict,
    CredentialsRefused,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)

Shape = TypeVar("Shape", bound=BaseModel)

SHORTEST_WAIT = timedelta(seconds=1)
_EMPTY = (200, 202, 204)
"""How an order without a body in its answer may be answered."""

LONGEST_WAIT = timedelta(minutes=15)


def receipt(exchange: Exchange, shape: type[Shape]) -> Shape:
    """The answer in its documented shape. Raises what `refusal` finds; an answer of another shape is no receipt."""
    refused = refusal(exchange)
    if refused is not None:
        raise refused
    try:
        return shape.model_validate(from_json(exchange.body, allow_inf_nan=False))
    except ValidationError as error:
        missing = _fields(error)
    except ValueError:
        missing = "the body is not complete JSON"
    raise lost(exchange, f"answered {exchange.status}, but {missing}")


def done(exchange: Exchange) -> None:
    """Where a success has no body there is nothing to read; raises what `refusal` finds."""
    refused = refusal(exchange)
    if refused is not None:
        raise refused


def _fields(error: ValidationError) -> str:
    places = [".".join(str(part) for part in found["loc"]) for found in error.errors(include_input=False)]
    return f"not as documented: {clean(', '.join(places[:3]) or 'the whole body', 100)}"


def refusal(exchange: Exchange) -> VendorError | None:
    """Why there is no answer to read, or None where it is as documented: status and JSON, or nothing at all.

    What proves that nothing was processed: no byte of the request was sent, 429, and 400 to 404 (the vendors' own
    documents). A read that failed is Unavailable; a write whose answer is missing or no receipt is OutcomeUnknown. What
    a vendor's own codes mean, its client knows better.
    """
    if exchange.status is None:
        return _unanswered(exchange)
    judged = exchange.judge(exchange, _said(exchange)) if exchange.judge else None
    if judged is not None:
        return judged
    if exchange.status >= 300:
        return _refused(exchange, exchange.status)
    if exchange.fault is not None:
        return lost(exchange, f"answered {exchange.status}, but {_broken(exchange.fault)}")
    return _silent(exchange) if exchange.ask.empty else _strange(exchange)


def _silent(exchange: Exchange) -> VendorError | None:
    if exchange.status not in _EMPTY or exchange.body.strip():
        return lost(exchange, f"answered {exchange.status} with a body where none is documented")
    return None


def _strange(exchange: Exchange) -> VendorError | None:
    if exchange.status not in (exchange.ask.expect, *exchange.ask.also):
        return lost(exchange, f"answered {exchange.status} where {exchange.ask.expect} is documented")
    if not _is_json(exchange.headers.get("content-type", "")):
        return lost(exchange, f"answered {exchange.status} with something else than JSON")
    return None


def lost(exchange: Exchange, what: str) -> VendorError:
    """The error of an answer that is missing or cannot be believed."""
    match exchange.intent:
        case Intent.READ:
            return Unavailable(exchange.vendor, f"{what}; the reading failed")
        case Intent.WRITE:
            return OutcomeUnknown(exchange.vendor, f"{what}; the request may have been processed")
        case _:
            assert_never(exchange.intent)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _broken(fault: Exception) -> str:
    return "it did not end in time" if _late(fault) else "it broke off or was too large"


def _late(fault: Exception) -> bool:
    return isinstance(fault, TimeoutError | httpx.TimeoutException)


def _unanswered(exchange: Exchange) -> VendorError:
    fault = exchange.fault
    if isinstance(fault, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError):
        return Rejected(exchange.vendor, f"the request to {exchange.host} cannot be written; check the address")
    if not exchange.sent:
        return _unreached(exchange)
    how = "did not answer in time" if fault is None or _late(fault) else "closed the connection without an answer"
    return lost(exchange, f"{exchange.host} {how}")


def _unreached(exchange: Exchange) -> VendorError:
    why = distrust(exchange.fault)
    if why is not None:
        sentence = f"the TLS certificate of {exchange.host} is not trusted ({why}); nothing was processed"
        return Rejected(exchange.vendor, f"{sentence}, a human must look")
    late = exchange.fault is None or _late(exchange.fault)
    how = "in time" if late else "(refused, or its name is unknown)"
    return Unavailable(exchange.vendor, f"no connection to {exchange.host} {how}; nothing was processed")


def distrust(fault: BaseException | None) -> str | None:
    """What TLS objects to; a handshake that was merely cut off is no objection."""
    for error in _chain(fault):
        if isinstance(error, ssl.SSLCertVerificationError):
            return clean(error.verify_message, 100)
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return clean(str(error.reason), 100)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refused(exchange: Exchange, status: int) -> VendorError:
    vendor, said = exchange.vendor, _said(exchange)
    match status:
        case 400 if exchange.ask.grants:
            return CredentialsRefused(vendor, f"refused the {exchange.credential} (400{said}); renew it")
        case 401:
            return CredentialsRefused(vendor, f"refused the {exchange.credential} (401{said}); renew it")
        case 403:
            return CredentialsRefused(vendor, f"the {exchange.credential} may not do this (403{said}); grant it")
        case 409 | 412 if exchange.intent is Intent.WRITE:
            return Conflict(vendor, f"somebody else changed it meanwhile ({status}{said})")
        case 429:
            return Throttled(vendor, f"too many requests (429{said})", retry_after(exchange.headers, datetime.now(UTC)))
        case 408 | 425:
            return lost(exchange, f"answered {status}{said}")
    if status < 400:
        return Rejected(vendor, f"{exchange.host} redirects ({status}), which is never followed; check the address")
    if status < 500:
        return Rejected(vendor, f"refused the request ({status}{said})")
    return lost(exchange, f"answered {status}{said}")


def document(exchange: Exchange) -> Any:
    """The body as JSON, or None where it is none."""
    try:
        return from_json(exchange.body)
    except ValueError:
        return None


def _said(exchange: Exchange) -> str:
    """The vendor's own words, shortened, without telephone numbers or anything to hide."""
    words = "; ".join(dict.fromkeys(_words(document(exchange))))
    return f": {clean(hidden(words, (*exchange.ask.hide, exchange.token)), 300)}" if words else ""


def hidden(words: str, hide: tuple[str, ...]) -> str:
    """The words without these values, however an address spells them."""
    spellings = {spelling for value in hide for spelling in (value, quote(value), quote_plus(value)) if spelling}
    for spelling in sorted(spellings, key=len, reverse=True):
        words = words.replace(spelling, "[hidden]")
    return words


_SPOKEN = (
    "code",
    "errorCode",
    "error",
    "message",
    "detail",
    "description",
    "error_description",
    "errorMessages",
    "errors",
)


def _words(document: Any) -> list[str]:
    """The codes and sentences of an error body, in any of the vendors' shapes."""
    match document:
        case dict():
            named = document.get("errors")
            if isinstance(named, dict):
                said = [f"{name}: {text}" for name, text in named.items() if isinstance(text, str)]
                document = document | {"errors": said}
            return [word for name in _SPOKEN for word in _words(document.get(name))]
        case list():
            return [word for each in document[:5] for word in _words(each)]
        case str() | int():
            return [str(document)] if document else []
        case _:
            return []


_WAITS = ("retry-after", "ratelimit-reset", "inin-ratelimit-reset", "x-ratelimit-period-in-sec")
_SECONDS = re.compile(r"[+-]?\d+(\.\d+)?")


def retry_after(headers: httpx.Headers, now: datetime) -> timedelta | None:
    """The vendor's wish: seconds or an HTTP date, else its rate header; within SHORTEST_WAIT and LONGEST_WAIT.

    A date is measured from the vendor's own clock where it sent one. None where nothing readable was said.
    """
    for name in _WAITS:
        said = headers.get(name, "").strip()
        wish = _seconds(said) if _SECONDS.fullmatch(said) else _until(said, _instant(headers.get("date", "")) or now)
        if wish is not None:
            return wish
    return None


def _seconds(said: str) -> timedelta:
    return _clamped(float(said))


def _until(said: str, now: datetime) -> timedelta | None:
    instant = _instant(said)
    return None if instant is None else _clamped((instant - now).total_seconds())


def _instant(said: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(said)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _clamped(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, SHORTEST_WAIT.total_seconds()), LONGEST_WAIT.total_seconds()))
