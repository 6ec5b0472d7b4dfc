"""The messages of the account and the way each takes to its phone."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import Field

from holdline.simulators.clock import now
from holdline.simulators.courier import Courier, Delivery
from holdline.simulators.ledger import Ledger
from holdline.simulators.settings import Frozen, TwilioSettings
from holdline.simulators.twilio.message import VERSION, Message
from holdline.simulators.twilio.signature import signature

FINAL = ("delivered", "undelivered", "failed")


class Phone(Frozen):
    """How messages to a number end: `POST /_sim/phones`; unlisted numbers deliver."""

    number: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$")
    outcome: str = Field("undelivered", pattern="^(sent|delivered|undelivered|failed)$")
    error_code: int | None = None


class Outbox:
    """Takes messages, moves them on step by step, and reports each step to their callbacks."""

    def __init__(self, settings: TwilioSettings, ledger: Ledger, courier: Courier) -> None:
        self._settings = settings
        self._ledger = ledger
        self._courier = courier
        self._journeys: set[asyncio.Task[None]] = set()
        self.messages: dict[str, Message] = {}
        self.phones: dict[str, Phone] = {}

    def take(self, fields: dict[str, str], caller: str | None) -> Message:
        """Create a message and start its journey."""
        message = self._created(fields)
        self.messages[message.sid] = message
        key = f"{message.to} {message.body}"
        seen = {"sid": message.sid, "to": message.to, "from": message.sender, "body": message.body}
        self._ledger.commit("sms.created", key, caller, **seen, status=message.status)
        task = asyncio.create_task(self._travel(message.sid))
        self._journeys.add(task)
        task.add_done_callback(self._journeys.discard)
        return message

    def _created(self, fields: dict[str, str]) -> Message:
        at, service = now(), fields.get("MessagingServiceSid") or None
        return Message(
            sid=f"SM{uuid4().hex}",
            account=self._settings.account_sid,
            to=fields["To"],
            sender=fields.get("From") or (None if service else self._settings.numbers[0]),
            messaging_service=service,
            body=fields["Body"],
            callback=fields.get("StatusCallback") or None,
            created=at,
            updated=at,
            status="accepted" if service else "queued",
        )

    async def _travel(self, sid: str) -> None:
        for status in self._way(self.messages[sid].to):
            await asyncio.sleep(self._settings.step.total_seconds())
            self._report(self._move(sid, status))

    def _way(self, to: str) -> Iterator[str]:
        outcome = self.phones[to].outcome if to in self.phones else "delivered"
        yield "sending"
        if outcome != "failed":
            yield "sent"
        if outcome != "sent":
            yield outcome

    def _move(self, sid: str, status: str) -> Message:
        message, at = self.messages[sid], now()
        sent = at if status == "sent" else message.sent
        code = self._error_code(message.to) if status in ("undelivered", "failed") else None
        moved = replace(message, status=status, updated=at, sent=sent, error_code=code)
        if moved.sender is None:
            moved = replace(moved, sender=self._settings.numbers[0])
        self.messages[sid] = moved
        if status in FINAL:
            self._ledger.commit(f"sms.{status}", sid, None, sid=sid, to=moved.to, error_code=code)
        return moved

    def _error_code(self, to: str) -> int:
        return self.phones[to].error_code or 30003

    def _report(self, message: Message) -> None:
        if message.callback is None:
            return
        params = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": message.status,
            "SmsStatus": message.status,
            "AccountSid": message.account,
            "ApiVersion": VERSION,
            "From": message.sender or "",
            "To": message.to,
        }
        if message.error_code is not None:
            params["ErrorCode"] = str(message.error_code)
        self.post(message.callback, params, f"status {message.status}")

    def post(self, url: str, params: dict[str, str], label: str) -> None:
        """Send a signed form post, repeated until it is answered 2xx."""
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "user-agent": "TwilioProxy/1.1",
            "i-twilio-idempotency-token": str(uuid4()),
            "x-twilio-signature": signature(self._settings.auth_token, url, params),
        }
        self._courier.send(Delivery(url, urlencode(params).encode(), headers, label, params["MessageSid"]))

    def stop(self) -> None:
        """Leave every message where it is."""
        for task in self._journeys:
            task.cancel()

    def clear(self) -> None:
        """Forget every message and every phone."""
        self.stop()
        self.messages.clear()
        self.phones.clear()
