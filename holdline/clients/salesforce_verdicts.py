"""What the codes in a refusal of Salesforce mean: the status says little, and a 400 may be a lock."""

from datetime import UTC, datetime
from typing import Any, Final

from holdline.clients.errors import LONGEST_WAIT, document, retry_after
from holdline.clients.exchange import Exchange
from holdline.clients.ticketing import invalid, misconfigured, refused
from holdline.ports import Rejected, Throttled, Unavailable, VendorError

CONTENT: Final = frozenset(
    {
        "REQUIRED_FIELD_MISSING",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_CROSS_REFERENCE_KEY",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "STRING_TOO_LONG",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "INVALID_EMAIL_ADDRESS",
        "JSON_PARSER_ERROR",
        "DUPLICATES_DETECTED",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    }
)
"""What is wrong with what the ticket says: another mapping, or less of it, may be taken."""

SET_UP: Final = frozenset(
    {
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_TYPE",
        "MALFORMED_QUERY",
        "API_CURRENTLY_DISABLED",
        "API_DISABLED_FOR_ORG",
        "UNSUPPORTED_API_VERSION",
    }
)
"""What is wrong with the org or the permissions: no ticket would be taken."""

_GONE = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED", "MALFORMED_ID"})


class AlreadyThere(Rejected):
    """Somebody else was first with this external id; nothing was written by us."""


def judge(exchange: Exchange, said: str) -> VendorError | None:
    """The error by the vendor's code; without one, by the status."""
    if exchange.ask.grants:
        return _login(exchange, said)
    code = _code(document(exchange))
    if exchange.status == 300:
        what = "several cases have this external id; make the field unique"
        return misconfigured(exchange, f": {what}")
    if code == "" and exchange.status is not None and exchange.status < 300:
        return None
    return _coded(exchange, code, said) or refused(exchange, said)


def _coded(exchange: Exchange, code: str, said: str) -> VendorError | None:
    vendor = exchange.vendor
    match code:
        case "UNABLE_TO_LOCK_ROW":
            return Unavailable(vendor, f"another transaction holds the record{said}; nothing was written")
        case "REQUEST_LIMIT_EXCEEDED":
            wish = retry_after(exchange.headers, datetime.now(UTC))
            return Throttled(vendor, f"the org's limit is used up{said}", wish or LONGEST_WAIT)
        case "DUPLICATE_VALUE":
            return AlreadyThere(vendor, f"somebody else was first{said}")
        case "INVALID_FIELD" if exchange.ask.method == "GET":
            return misconfigured(exchange, said)
        case "NOT_FOUND" if "external id" in said.lower():
            return misconfigured(exchange, said)
        case _ if code in CONTENT:
            return invalid(exchange, said)
        case _ if code in SET_UP:
            return misconfigured(exchange, said)
        case _ if code in _GONE:
            return Rejected(vendor, f"the case is gone, or may not be seen ({exchange.status}{said})")
        case _:
            return None


def _login(exchange: Exchange, said: str) -> VendorError | None:
    """A login that is refused for its rate is no refused credential."""
    limited = exchange.status == 400 and "rate_limit_exceeded" in said
    return Throttled(exchange.vendor, f"too many logins{said}", LONGEST_WAIT) if limited else None


def _code(body: Any) -> str:
    """The first code, of an error's list or of a write that was answered as a success and is none."""
    match body:
        case [{"errorCode": str() as code}, *_]:
            return code
        case [{"success": False} as row, *_] | ({"success": False} as row):
            return _failed(row)
        case _:
            return ""


def _failed(row: dict[str, Any]) -> str:
    match row.get("errors"):
        case [{"statusCode": str() as code}, *_]:
            return code
        case _:
            return "FIELD_CUSTOM_VALIDATION_EXCEPTION"
