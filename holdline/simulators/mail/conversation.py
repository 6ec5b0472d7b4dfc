"""One conversation with a client, command by command, as RFC 5321 has it."""

import asyncio
import base64
import binascii
import re
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from holdline.simulators.mail.letter import Letter
from holdline.simulators.mail.mishap import Mishap, Mishaps, Stage
from holdline.simulators.settings import MailSettings

_ADDRESS = re.compile(r"(?:FROM|TO):<(?P<address>[^<>\s]*)>(?P<options>.*)", re.IGNORECASE)
_LONGEST = 8192

Take = Callable[[Letter], None]


class Gone(Exception):
    """The connection ended, by order or because the client left."""


@dataclass
class Envelope:
    """Who sends to whom, as far as it was said."""

    sender: str = ""
    recipients: list[str] = field(default_factory=list)


class Conversation:
    """A client's connection. `take` is given each letter; `note` hears each verb and the code of its reply."""

    def __init__(
        self,
        settings: MailSettings,
        mishaps: Mishaps,
        take: Take,
        note: Callable[[str, int | None], None],
        tls: ssl.SSLContext | None,
        *,
        secure: bool,
    ) -> None:
        self._settings = settings
        self._mishaps = mishaps
        self._take = take
        self._note = note
        self._tls = tls
        self._secure = secure
        self._known = settings.username is None
        self._envelope: Envelope | None = None
        self._commands: dict[str, Callable[[str], Awaitable[bool]]] = {
            "EHLO": self._ehlo,
            "HELO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
        }

    async def hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk until the client quits. Raises Gone where the connection is to be torn off."""
        self._reader, self._writer = reader, writer
        if await self._trouble(Stage.GREETING, "CONNECT") is None:
            await self._reply("CONNECT", 220, f"{self._settings.host} ESMTP Holdline sandbox")
            while await self._turn():
                pass

    async def _turn(self) -> bool:
        line = await self._line()
        verb, _, rest = line.partition(" ")
        command = self._commands.get(verb.upper())
        if command is None:
            return await self._reply(verb.upper()[:10], 500, "5.5.2 command not recognised")
        return await command(rest)

    async def _line(self) -> str:
        try:
            raw = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            raise Gone from None
        if len(raw) > _LONGEST:
            raise Gone
        return raw.decode("utf-8", "replace").rstrip("\r\n")

    async def _reply(self, verb: str, code: int, *lines: str) -> bool:
        """Send a reply of one line or more; True, so that the conversation goes on."""
        told = [f"{code}{'-' if number < len(lines) else ' '}{line}" for number, line in enumerate(lines, start=1)]
        self._note(verb, code)
        try:
            self._writer.write("".join(f"{each}\r\n" for each in told).encode())
            await self._writer.drain()
        except ConnectionError:
            raise Gone from None
        return True

    async def _trouble(self, stage: Stage, verb: str, recipient: str | None = None) -> Mishap | None:
        """The mishap that was ordered here, after it happened. Raises Gone where it tears the connection off."""
        mishap = self._mishaps.take(stage, recipient)
        if mishap is None:
            return None
        if mishap.seconds:
            await self._mishaps.pause(mishap)
        if not mishap.code:
            self._note(verb, None)
            raise Gone
        await self._reply(verb, mishap.code, mishap.text)
        if mishap.code == 421:
            raise Gone
        return mishap

    async def _ehlo(self, _: str) -> bool:
        if await self._trouble(Stage.EHLO, "EHLO"):
            return True
        self._envelope = None
        offers = [f"SIZE {self._settings.largest}", "8BITMIME"]
        if self._tls is not None and not self._secure:
            offers.append("STARTTLS")
        if self._settings.username is not None and (self._secure or self._tls is None):
            offers.append("AUTH PLAIN LOGIN")
        return await self._reply("EHLO", 250, self._settings.host, *offers)

    async def _starttls(self, _: str) -> bool:
        if await self._trouble(Stage.STARTTLS, "STARTTLS"):
            return True
        if self._tls is None or self._secure:
            return await self._reply("STARTTLS", 503, "5.5.1 no TLS here")
        await self._reply("STARTTLS", 220, "2.0.0 go ahead")
        try:
            await self._writer.start_tls(self._tls)
        except (ssl.SSLError, ConnectionError):
            raise Gone from None
        self._secure, self._envelope = True, None
        return True

    async def _auth(self, rest: str) -> bool:
        if await self._trouble(Stage.AUTH, "AUTH"):
            return True
        mechanism, _, first = rest.partition(" ")
        match mechanism.upper():
            case "PLAIN":
                _, user, password = (*plain(first or await self._ask("")).split("\0"), "", "")[:3]
            case "LOGIN":
                user = plain(first or await self._ask("VXNlcm5hbWU6"))
                password = plain(await self._ask("UGFzc3dvcmQ6"))
            case _:
                return await self._reply("AUTH", 504, "5.5.4 mechanism not known")
        right = f"{self._settings.username}\0{self._settings.password}".encode()
        self._known = secrets.compare_digest(f"{user}\0{password}".encode(), right)
        code, text = (235, "2.7.0 welcome") if self._known else (535, "5.7.8 credentials invalid")
        return await self._reply("AUTH", code, text)

    async def _ask(self, question: str) -> str:
        await self._reply("AUTH", 334, question)
        return await self._line()

    async def _mail(self, rest: str) -> bool:
        if await self._trouble(Stage.MAIL, "MAIL"):
            return True
        if not self._known:
            return await self._reply("MAIL", 530, "5.7.0 authentication required")
        found = _ADDRESS.match(rest)
        if found is None:
            return await self._reply("MAIL", 501, "5.5.4 no sender")
        self._envelope = Envelope(sender=found["address"])
        return await self._reply("MAIL", 250, "2.1.0 sender ok")

    async def _rcpt(self, rest: str) -> bool:
        found = _ADDRESS.match(rest)
        if found is None or self._envelope is None:
            return await self._reply("RCPT", 503 if self._envelope is None else 501, "5.5.1 no recipient")
        address = found["address"]
        if await self._trouble(Stage.RCPT, "RCPT", address):
            return True
        if address in self._settings.unknown:
            return await self._reply("RCPT", 550, f"5.1.1 <{address}> user unknown")
        self._envelope.recipients.append(address)
        return await self._reply("RCPT", 250, "2.1.5 recipient ok")

    async def _data(self, _: str) -> bool:
        if await self._trouble(Stage.DATA, "DATA"):
            return True
        envelope = self._envelope
        if envelope is None or not envelope.recipients:
            return await self._reply("DATA", 503, "5.5.1 no recipients")
        await self._reply("DATA", 354, "end with a dot")
        raw = await self._body()
        self._envelope = None
        if await self._trouble(Stage.DOT, "."):
            return True
        if len(raw) > self._settings.largest:
            return await self._reply(".", 552, "5.3.4 message too big")
        self._take(Letter(envelope.sender, tuple(envelope.recipients), raw))
        return bool(await self._trouble(Stage.TAKEN, ".")) or await self._reply(".", 250, "2.0.0 queued as sandbox")

    async def _body(self) -> bytes:
        lines: list[bytes] = []
        while True:
            try:
                line = await self._reader.readuntil(b"\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
                raise Gone from None
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)

    async def _rset(self, _: str) -> bool:
        self._envelope = None
        return await self._reply("RSET", 250, "2.0.0 forgotten")

    async def _noop(self, _: str) -> bool:
        return await self._reply("NOOP", 250, "2.0.0 fine")

    async def _quit(self, _: str) -> bool:
        await self._reply("QUIT", 221, "2.0.0 bye")
        return False


def plain(encoded: str) -> str:
    """Base64 as text; nothing where it is none."""
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""
