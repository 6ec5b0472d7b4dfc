"""Twilio: text messages. There is no slot for a key, so a message is found again by the tag in its body.

https://www.twilio.com/docs/messaging/api/message-resource
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import BaseModel, BeforeValidator, Field

from holdline.clients.exchange import Ask
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.wire import Attempt, Endpoint, Wire
from holdline.domain.observation import Instant
from holdline.domain.text import clean
from holdline.ports import Call, CredentialsRefused, OutcomeUnknown, Receipt, Rejected, TextMessage

VENDOR = "Twilio"

NOT_DELIVERED: Final = frozenset({"failed", "undelivered", "canceled"})

_ACCOUNT = "/2010-04-01/Accounts/{accountSid}.json"
_ROUTE = "/2010-04-01/Accounts/{accountSid}/Messages.json"
_BODY = 1600
_PAGE = 50
_PAGES = 20
_DAY = timedelta(days=1)


def _rfc2822(value: object) -> object:
    return parsedate_to_datetime(value) if isinstance(value, str) else value


class Message(BaseModel):
    """A message; Twilio writes times as RFC 2822."""

    sid: str = Field(pattern=r"^[A-Z]{2}[0-9a-f]{32}$")
    status: str
    error_code: int | None = None
    body: str = Field(repr=False)
    date_created: Annotated[Instant, BeforeValidator(_rfc2822)]


class MessagePage(BaseModel):
    """A page of messages, newest first, and the path to the next one."""

    messages: tuple[Message, ...]
    next_page_uri: str | None = Field(default=None, repr=False)

    def reaches_further_than(self, since: datetime) -> bool:
        """Whether another page may hold messages from after `since`."""
        return bool(self.next_page_uri and self.messages) and self.messages[-1].date_created >= since


class Account(BaseModel):
    """The account; one that is suspended or closed sends nothing."""

    sid: str
    status: str


class Twilio:
    """The port Texts. `contacts` gives each name its number (E.164); `sender` is a number or a messaging service.

    `told` is where the vendor says how a message fared; the effect in its query leads back to the page.
    """

    def __init__(
        self,
        *,
        url: str,
        account_sid: str,
        auth_token: Reader,
        sender: str,
        contacts: Mapping[str, Reader],
        told: str | None = None,
        network: Network = USUAL,
    ) -> None:
        self._wire = Wire(Endpoint(vendor=VENDOR, credential="auth token", url=url, network=network), reuse=False)
        self._account = account_sid
        self._auth_token = auth_token
        self._sender = sender
        self._contacts = contacts
        self._told = told

    async def send(self, message: TextMessage) -> Receipt:
        """Send once. A message that Twilio created but could not deliver is Rejected."""
        attempt = self._wire.attempt(message)
        token, number = await self._revealed(attempt, message)
        origin = "MessagingServiceSid" if self._sender.startswith("MG") else "From"
        ask = Ask(
            method="POST",
            route=_ROUTE,
            parts={"accountSid": self._account},
            expect=201,
            headers=self._authorized(token),
            form={"To": number, origin: self._sender, "Body": _body(message), **self._callback(message)},
            hide=(token, number, self._sender),
        )
        return _receipt(await attempt.write(ask, Message))

    def _callback(self, message: TextMessage) -> dict[str, str]:
        """Where the fate of this message is told; nothing of the contact's number is in it."""
        return {"StatusCallback": f"{self._told}?{urlencode({'page': message.effect})}"} if self._told else {}

    async def find(self, message: TextMessage) -> Receipt | None:
        """Look through the messages to the contact, newest first, back to one day ago.

        `DateSent>` is not asked for: a message still queued has no date of sending and might be left out, which would
        have it sent twice. Raises OutcomeUnknown where there are too many messages to look through.
        """
        attempt, since = self._wire.attempt(message), datetime.now(UTC) - _DAY
        token, number = await self._revealed(attempt, message)
        query: tuple[tuple[str, str], ...] = (("To", number), ("PageSize", str(_PAGE)))
        for _ in range(_PAGES):
            page = await attempt.read(self._listing(token, number, query), MessagePage)
            for found in page.messages:
                if message.tag in found.body and found.date_created >= since:
                    return _receipt(found, adopted=True)
            if not page.reaches_further_than(since):
                return None
            query = tuple(parse_qsl(urlsplit(page.next_page_uri or "").query))
        raise OutcomeUnknown(
            VENDOR, f"more than {_PAGE * _PAGES} messages a day to {message.contact}: not all were read"
        )

    async def _revealed(self, attempt: Attempt, message: TextMessage) -> tuple[str, str]:
        """The token and the contact's number, read now."""
        if message.contact not in self._contacts:
            known = ", ".join(sorted(self._contacts)) or "none"
            raise Rejected(VENDOR, f"no contact is called {clean(message.contact)!r}; those configured are: {known}")
        token = await attempt.reveal("auth token", self._auth_token)
        return token, await attempt.reveal(f"number of {message.contact}", self._contacts[message.contact])

    def _listing(self, token: str, number: str, query: tuple[tuple[str, str], ...]) -> Ask:
        """A page of the list; of the vendor's next path only the query is taken, so credentials stay on this host."""
        return Ask(
            method="GET",
            route=_ROUTE,
            parts={"accountSid": self._account},
            query=query,
            headers=self._authorized(token),
            hide=(token, number),
        )

    def _authorized(self, token: str) -> dict[str, str]:
        basic = base64.b64encode(f"{self._account}:{token}".encode()).decode()
        return {"Authorization": f"Basic {basic}"}

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - a token has no permissions
        """Read the account by its token."""
        attempt = self._wire.attempt(call)
        token = await attempt.reveal("auth token", self._auth_token)
        headers = self._authorized(token)
        ask = Ask(method="GET", route=_ACCOUNT, parts={"accountSid": self._account}, headers=headers, hide=(token,))
        account = await attempt.read(ask, Account)
        if account.status != "active":
            raise CredentialsRefused(VENDOR, f"the account is {clean(account.status)}")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


def _body(message: TextMessage) -> str:
    """The text with its tag, which stands at the end where the text does not name it, and is never cut off."""
    text = "".join(each for each in message.text if each.isprintable() or each == "\n")
    if message.tag in text[:_BODY]:
        return text[:_BODY]
    mark = f" [{message.tag}]"
    return text[: _BODY - len(mark)] + mark


def _receipt(message: Message, *, adopted: bool = False) -> Receipt:
    if message.status in NOT_DELIVERED:
        code = f" ({message.error_code})" if message.error_code else ""
        raise Rejected(VENDOR, f"the message was created but not delivered: {message.status}{code}")
    return Receipt(id=message.sid, adopted=adopted)
