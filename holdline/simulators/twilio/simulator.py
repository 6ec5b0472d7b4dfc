"""Twilio as one simulator: the messages API, signed callbacks, phones that answer."""

from uuid import uuid4

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.settings import Frozen, Retries, SmsTarget, TwilioSettings
from holdline.simulators.simulator import Simulator
from holdline.simulators.twilio import errors
from holdline.simulators.twilio.api import MessagesApi
from holdline.simulators.twilio.message import VERSION
from holdline.simulators.twilio.outbox import Outbox, Phone
from holdline.simulators.window import Window


class Reply(Frozen):
    """A message that a person sends to one of the account's numbers (the first where `to` is left out)."""

    sender: str = Field(alias="from", pattern=r"^\+[1-9][0-9]{6,14}$")
    body: str
    to: str | None = None


class Twilio(Simulator):
    """A Twilio account with its messages and the phones at their other end."""

    def __init__(self, settings: TwilioSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._settings = settings
        self._window = Window(settings.requests_per_minute)
        self.outbox = Outbox(settings, self.ledger, self.courier)
        self.target: SmsTarget | None = settings.inbound

    def reply(self, sender: str, body: str, to: str | None = None) -> str:
        """Send a person's message to the target, signed; its sid. Raises LookupError without a target."""
        if self.target is None:
            raise LookupError("No inbound target is set; POST /_sim/targets first.")
        sid = f"SM{uuid4().hex}"
        params = {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "SmsStatus": "received",
            "AccountSid": self._settings.account_sid,
            "ApiVersion": VERSION,
            "From": sender,
            "To": to or self._settings.numbers[0],
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
        }
        self.outbox.post(self.target.url, params, "inbound sms")
        return sid

    def routes(self) -> list[BaseRoute]:
        """The messages API."""
        return MessagesApi(self._settings, self.outbox, self._window).paths()

    def controls(self) -> list[BaseRoute]:
        """Messages, phones, replies and target."""
        return [
            Route("/world", self._show_world),
            Route("/reply", self._reply, methods=["POST"]),
            Route("/phones", self._phone, methods=["POST"]),
            Route("/targets", self._aim, methods=["POST"]),
        ]

    async def _show_world(self, _: Request) -> Response:
        return JSONResponse({"messages": [message.resource() for message in self.outbox.messages.values()]})

    async def _reply(self, request: Request) -> Response:
        reply = await read(request, Reply)
        try:
            sid = self.reply(reply.sender, reply.body, reply.to)
        except LookupError as error:
            raise Misuse(str(error)) from None
        return JSONResponse({"sid": sid}, status_code=202)

    async def _phone(self, request: Request) -> Response:
        phone = await read(request, Phone)
        self.outbox.phones[phone.number] = phone
        return JSONResponse(phone.model_dump())

    async def _aim(self, request: Request) -> Response:
        self.target = await read(request, SmsTarget)
        return JSONResponse({"url": self.target.url})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A Twilio error."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """Leave every message where it is."""
        self.outbox.stop()

    def restore(self) -> None:
        """No messages, every phone delivers, the limit unused."""
        self.outbox.clear()
        self._window.clear()
