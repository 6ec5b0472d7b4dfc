"""What Azure DevOps means: a page to sign in at is a refused token; a work item that is gone is no wrong project."""

from holdline.clients.exchange import Exchange
from holdline.clients.ticketing import refused
from holdline.ports import CredentialsRefused, Rejected, VendorError

_SIGN_IN = 203


def judge(exchange: Exchange, said: str) -> VendorError | None:
    """203 comes with a success of HTTP and a page; nothing was processed."""
    if exchange.status == _SIGN_IN:
        what = f"refused the {exchange.credential} (203 and a page to sign in at); renew it"
        return CredentialsRefused(exchange.vendor, what)
    if exchange.status == 404 and "workItemId" in exchange.ask.parts:
        return Rejected(exchange.vendor, f"the work item is gone, or may not be seen (404{said})")
    return refused(exchange, said)
