"""E-mail by SMTP: what was handed over cannot be looked for, so a lost answer after the final dot stays unknown.

RFC 5321; a letter is accepted, not delivered, when the server answers 250 after its end.
"""

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from aiosmtplib import SMTP, SMTPException, SMTPNotSupported, SMTPRecipientsRefused, SMTPResponseException
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from holdline.clients.budget import Rank, Turn
from holdline.clients.errors import distrust, hidden
from holdline.clients.letter import letter
from holdline.clients.network import USUAL, Network
from holdline.clients.plain import links
from holdline.clients.secret import Reader, reveal
from holdline.clients.transport import authorities
from holdline.domain.text import clean
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    Notice,
    OutcomeUnknown,
    Receipt,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)

VENDOR: Final = "e-mail"

Tls = Literal["none", "starttls", "implicit"]

_CREDENTIAL: Final = frozenset({530, 534, 535, 538})
_BUSY: Final = frozenset({421, 450})
_TOO_LARGE: Final = 552
_GREYLISTED: Final = timedelta(minutes=1)
_FAREWELL: Final = 1.0
_DOT: Final = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A mail server, how its connections are encrypted, and the account there, if it wants one."""

    host: str
    port: int
    tls: Tls
    username: str | None = None
    password: Reader | None = None


@dataclass
class Hop:
    """One conversation under way. `handed` turns true when the letter's text leaves us."""

    handed: bool = False
    code: int | None = None
    hide: tuple[str, ...] = field(default=(), repr=False)


class Mail:
    """The port Notices. `contacts` gives each name its address; the receipt of a letter is its Message-ID.

    `ours` is the gateway's public address: only links to it are written as they are.
    """

    def __init__(
        self, server: Server, *, sender: str, contacts: Mapping[str, str], ours: str = "", network: Network = USUAL
    ) -> None:
        self._server = server
        self._sender = sender
        self._contacts = contacts
        self._ours = ours
        self._network = network
        self._budget = network.budgets.of(VENDOR, "account")

    async def send(self, notice: Notice) -> Receipt:
        """Hand one letter over. Raises OutcomeUnknown where the answer after its end was lost."""
        recipient = self._address(notice)
        message = letter(notice, self._sender, recipient, self._ours)
        async with self._conversation(notice, "send a letter", recipient, *links(notice, self._ours)) as (smtp, hop):
            await smtp.mail(self._sender)
            await smtp.rcpt(recipient)
            await _hand_over(smtp, hop, message.as_bytes())
        return Receipt(id=str(message["Message-ID"]))

    async def find(self, notice: Notice) -> Receipt | None:
        """There is no way to look at what a mail server has taken."""
        raise OutcomeUnknown(VENDOR, f"nobody can look whether the letter to {clean(notice.to)} was sent")

    async def update(self, notice: Notice) -> Receipt:
        """A letter cannot be replaced."""
        raise Rejected(VENDOR, f"a letter that was sent to {clean(notice.to)} cannot be replaced; send another one")

    def _address(self, notice: Notice) -> str:
        if notice.to not in self._contacts:
            known = ", ".join(sorted(self._contacts)) or "none"
            raise Misconfigured(VENDOR, f"{clean(notice.to)!r} has no address; contacts with one are: {known}")
        return self._contacts[notice.to]

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - a server has no permissions
        """Log in, and say nothing more."""
        async with self._conversation(call, "log in") as (smtp, _):
            await smtp.noop()

    async def aclose(self) -> None:
        """Each conversation has a connection of its own, which ends with it."""

    @asynccontextmanager
    async def _conversation(self, call: Call, what: str, *hide: str) -> AsyncIterator[tuple[SMTP, Hop]]:
        """A connection that is logged in, within one deadline; whatever goes wrong is told as an error of the ports."""
        hop, deadline = Hop(hide=hide), asyncio.get_running_loop().time() + self._patience
        smtp = self._connection()
        with self._span(call, what, hop):
            await self._admit(deadline)
            try:
                async with asyncio.timeout_at(deadline):
                    await self._open(smtp, hop)
                    yield smtp, hop
                hop.code = hop.code or 250
            except (SMTPException, OSError, TimeoutError) as fault:
                raise self._verdict(fault, hop) from None
            finally:
                await self._close(smtp, hop)

    @property
    def _patience(self) -> float:
        return self._network.limits.attempt.total_seconds()

    async def _admit(self, deadline: float) -> None:
        if self._budget is not None:
            since = deadline - self._patience
            await self._budget.admit(Turn(Rank.CHANGE, since, deadline - self._patience / 4))

    def _connection(self) -> SMTP:
        tls, limits = self._server.tls, self._network.limits
        return SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=tls == "implicit",
            start_tls=False,
            tls_context=None if tls == "none" else self._network.verify or authorities(),
            local_hostname=self._sender.rpartition("@")[2],
            timeout=limits.read.total_seconds(),
        )

    async def _open(self, smtp: SMTP, hop: Hop) -> None:
        """Connect, encrypt, log in; the password is read before anything is connected."""
        username, reader = self._server.username, self._server.password
        password = None if reader is None else await reveal(VENDOR, "password", reader)
        if password is not None:
            hop.hide = (*hop.hide, password, *_encoded(username or "", password))
        await smtp.connect(timeout=self._network.limits.connect.total_seconds())
        await smtp.ehlo()
        if self._server.tls == "starttls":
            await _encrypt(smtp)
        if username is not None:
            await _log_in(smtp, username, password or "")

    async def _close(self, smtp: SMTP, hop: Hop) -> None:
        """Take leave where the server is still there, and never wait long for its answer."""
        if self._budget is not None:
            self._budget.learn(429 if hop.code == 421 else 200, {})
            self._budget.give()
        if smtp.is_connected and hop.code == 250:
            with contextlib.suppress(SMTPException, OSError):
                await smtp.quit(timeout=_FAREWELL)
        smtp.close()

    @contextmanager
    def _span(self, call: Call, what: str, hop: Hop) -> Iterator[Span]:
        """A CLIENT span with the reply's code; neither addresses nor text."""
        tracer = trace.get_tracer("holdline.clients", tracer_provider=self._network.tracer_provider)
        told = {"holdline.vendor": VENDOR, "holdline.request_id": call.request_id, "server.address": self._server.host}
        with tracer.start_as_current_span(
            what, kind=SpanKind.CLIENT, attributes=told, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except VendorError as error:
                span.set_status(Status(StatusCode.ERROR, str(error)))
                span.set_attribute("error.type", type(error).__name__)
                raise
            finally:
                if hop.code is not None:
                    span.set_attribute("holdline.smtp.code", hop.code)

    def _verdict(self, fault: Exception, hop: Hop) -> VendorError:
        """What a failure means: a reply by its code, anything else by whether the letter had left us."""
        reply = _reply(fault)
        if reply is not None:
            hop.code, words = reply
            return refused(hop.code, clean(hidden(words, hop.hide), 200))
        why = distrust(fault)
        if why is not None:
            return Rejected(VENDOR, f"the TLS certificate of {self._server.host} is not trusted ({why})")
        if isinstance(fault, SMTPNotSupported):
            return Misconfigured(VENDOR, f"{self._server.host} does not offer what is set up: TLS, or a log-in")
        how = "did not answer in time" if isinstance(fault, TimeoutError) else "cannot be reached, or hung up"
        if hop.handed:
            return OutcomeUnknown(VENDOR, f"{self._server.host} {how} after the letter's end; it may have been sent")
        return Unavailable(VENDOR, f"{self._server.host} {how}; nothing was sent")


async def _encrypt(smtp: SMTP) -> None:
    """Go on by TLS; whoever takes it out of the offers on the way gets nothing."""
    if not smtp.supports_extension("starttls"):
        raise SMTPNotSupported("no STARTTLS")
    await smtp.starttls()
    await smtp.ehlo()


async def _log_in(smtp: SMTP, username: str, password: str) -> None:
    """Log in by one way: a second one with the same password would only count as another failure."""
    offered = smtp.server_auth_methods
    if "plain" in offered:
        await smtp.auth_plain(username, password)
    elif "login" in offered:
        await smtp.auth_login(username, password)
    elif "cram-md5" in offered:
        await smtp.auth_crammd5(username, password)
    else:
        raise SMTPNotSupported("no way to log in")


async def _hand_over(smtp: SMTP, hop: Hop, message: bytes) -> None:
    """Send the letter's text: up to the server's go-ahead nothing has left us, after that everything may have."""
    go_ahead = await smtp.execute_command(b"DATA")
    if go_ahead.code != 354 or smtp.protocol is None:
        raise SMTPResponseException(go_ahead.code, go_ahead.message)
    hop.handed = True
    smtp.protocol.write(_DOT.sub(b"..", message) + b".\r\n")
    answer = await smtp.protocol.read_response(smtp.timeout)
    if answer.code != 250:
        raise SMTPResponseException(answer.code, answer.message)


def _reply(fault: Exception) -> tuple[int, str] | None:
    """The server's own reply, where it made one that can be understood."""
    if isinstance(fault, SMTPRecipientsRefused):
        fault = fault.recipients[0]
    if not isinstance(fault, SMTPResponseException) or not 400 <= fault.code < 600:
        return None
    return fault.code, fault.message


def refused(code: int, words: str) -> VendorError:
    """What a reply means: the server says by it that it did not take the letter."""
    said = f"{code}: {words}" if words else str(code)
    if code in _CREDENTIAL:
        return CredentialsRefused(VENDOR, f"refused the account ({said}); renew its password")
    if code in _BUSY:
        return Throttled(VENDOR, f"asked us to come back later ({said})", None if code == 421 else _GREYLISTED)
    if code < 500:
        return Unavailable(VENDOR, f"cannot take the letter now ({said}); nothing was sent")
    if code == _TOO_LARGE:
        return Invalid(VENDOR, f"refused the letter for its size ({said})")
    return Rejected(VENDOR, f"refused the letter ({said})")


def _encoded(username: str, password: str) -> tuple[str, ...]:
    """The ways in which a log-in writes the password."""
    spoken = (password, f"\0{username}\0{password}", f"{username}\0{username}\0{password}")
    return tuple(base64.b64encode(each.encode()).decode() for each in spoken)
