"""What the words in a refusal of ServiceNow mean: one code stands for a rule, a policy and a permission."""

from holdline.clients.exchange import Exchange
from holdline.clients.ticketing import invalid, misconfigured, refused
from holdline.ports import Rejected, VendorError

_RULE = ("aborted by business rule", "data policy")
_UNKNOWN_TABLE = ("invalid table", "invalid staging table")


class NothingFound(Rejected):
    """An older version of the API says so with a 404."""


def judge(exchange: Exchange, said: str) -> VendorError | None:
    """The error that the vendor's words ask for; what they do not tell is judged by its code."""
    words = said.lower()
    match exchange.status:
        case 403 if any(each in words for each in _RULE):
            return invalid(exchange, said)
        case 400 if any(each in words for each in _UNKNOWN_TABLE):
            return misconfigured(exchange, said)
        case 404 if "records matching query not found" in words:
            return NothingFound(exchange.vendor, "no record matches")
        case 404 if "no record found" in words:
            return Rejected(exchange.vendor, f"the record is gone, or an ACL hides it (404{said})")
        case _:
            return None if exchange.ask.grants else refused(exchange, said)
