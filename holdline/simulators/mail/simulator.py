"""A mail server as one simulator: SMTP on its own port, orders and letters below `/_sim`."""

import asyncio
import ssl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.clock import millis, now
from holdline.simulators.control import read
from holdline.simulators.mail.conversation import Conversation
from holdline.simulators.mail.letter import Letter
from holdline.simulators.mail.mishap import Mishap, Mishaps
from holdline.simulators.mail.postbox import Postbox
from holdline.simulators.settings import MailSettings, Retries, Tls
from holdline.simulators.simulator import Simulator


class Mail(Simulator):
    """A mail server. Its faults are ordered as mishaps: those of HTTP are for its control paths only."""

    def __init__(self, settings: MailSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._settings = settings
        self._tls: ssl.SSLContext | None = None
        self.mishaps = Mishaps()
        self.letters: list[Letter] = []
        self.postbox = Postbox(self._talk)

    async def listen(self, host: str, port: int, tls: Tls | None = None) -> str:
        """Open the SMTP port and return its address; with a certificate it is `implicit` TLS or offers STARTTLS."""
        self._tls = None if tls is None else _context(tls)
        implicit = self._tls if self._settings.implicit else None
        await self.postbox.open(host, port, implicit)
        return f"smtp://{host}:{self.postbox.port}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure = self._settings.implicit and self._tls is not None
        talk = Conversation(self._settings, self.mishaps, self._take, self._note, self._tls, secure=secure)
        await talk.hold(reader, writer)

    def _take(self, letter: Letter) -> None:
        self.letters.append(letter)
        marks = {"message_id": letter.header("Message-ID"), "subject": letter.header("Subject")}
        seen = {"sender": letter.sender, "recipients": list(letter.recipients), **marks, "text": letter.text}
        self.ledger.commit("mail.taken", str(marks["message_id"]), letter.header("X-Request-ID"), **seen)

    def _note(self, verb: str, code: int | None) -> None:
        """Log a command without its arguments, as the other simulators log requests."""
        entry = {"at": millis(now()), "method": verb, "path": "smtp", "query": "", "request_id": None}
        self.requests.append({**entry, "fault": None, "status": code})

    def routes(self) -> list[BaseRoute]:
        """Mail has no paths."""
        return []

    def controls(self) -> list[BaseRoute]:
        """Letters and mishaps."""
        return [
            Route("/world", self._show_world),
            Route("/mishaps", self._order, methods=["POST"]),
            Route("/mishaps", self._listed, methods=["GET"]),
            Route("/mishaps", self._withdraw, methods=["DELETE"]),
        ]

    async def _show_world(self, _: Request) -> Response:
        return JSONResponse({"letters": [letter.resource() for letter in self.letters]})

    async def _order(self, request: Request) -> Response:
        mishap = await read(request, Mishap)
        self.mishaps.add(mishap)
        return JSONResponse(mishap.model_dump(mode="json"), status_code=201)

    async def _listed(self, _: Request) -> Response:
        return JSONResponse(self.mishaps.listed())

    async def _withdraw(self, _: Request) -> Response:
        return JSONResponse({"removed": self.mishaps.clear()})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:  # noqa: ARG002 - mail has no paths
        """There is nothing but the control paths."""
        return JSONResponse({"error": f"{path} is no path of a mail server."}, status_code=status)

    def stop(self) -> None:
        """A mail server does nothing by itself."""

    def restore(self) -> None:
        """No letters, no mishaps."""
        self.letters.clear()
        self.mishaps.clear()

    async def close(self) -> None:
        """End every conversation, and stop listening."""
        self.mishaps.clear()
        await self.postbox.close()
        await super().close()


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    return context
