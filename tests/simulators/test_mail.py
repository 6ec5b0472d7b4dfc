"""The mail server: strict about log-in and recipients, wrong by order. aiosmtplib and smtplib take it for one."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import aiosmtplib
import httpx
import pytest

from holdline.simulators.mail.mishap import Mishap, Stage
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import MailSettings

TEXT = "Trunk Vienna is down.\n.\n.. and more\n"


def message() -> EmailMessage:
    """A message with lines that begin with dots."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "holdline@example.com", "alice@example.com", "Grüße"
    made["Message-ID"] = "<1@example.com>"
    made["X-Request-ID"] = "request-1"
    made.set_content(TEXT)
    return made


def place(sandbox: Sandbox) -> tuple[str, int]:
    """Host and port of its SMTP."""
    parts = urlsplit(sandbox.smtp_url)
    return str(parts.hostname), int(parts.port or 0)


async def send(sandbox: Sandbox, **more: object) -> tuple[dict[str, aiosmtplib.SMTPResponse], str]:
    """Send by aiosmtplib; the recipients it was refused, and the server's words."""
    host, port = place(sandbox)
    known: dict[str, object] = {"hostname": host, "port": port, "start_tls": False, "timeout": 5}
    return await aiosmtplib.send(message(), **known | more)  # type: ignore[arg-type]


@pytest.fixture
async def locked() -> AsyncIterator[Sandbox]:
    """A server that wants a log-in."""
    settings = MailSettings(username="holdline", password="right", unknown=frozenset({"nobody@example.com"}))
    async with Sandbox(SandboxSettings(mail=settings)).running() as sandbox:
        yield sandbox


async def test_aiosmtplib_sends_a_letter(sandbox: Sandbox) -> None:
    """Envelope, headers and text arrive as they were written; the ledger has it once."""
    refused, said = await send(sandbox)
    (letter,) = sandbox.mail.letters
    assert ({}, True) == (refused, said.startswith("2.0.0"))
    assert ("holdline@example.com", ("alice@example.com",)) == (letter.sender, letter.recipients)
    assert (TEXT, "Grüße") == (letter.text, letter.header("Subject"))
    assert [("<1@example.com>", "request-1", 1)] == [
        (each["message_id"], each["request_id"], each["count"]) for each in sandbox.mail.ledger
    ]


async def test_smtplib_sends_a_letter(sandbox: Sandbox) -> None:
    """The standard library's client does too, twice on one connection; the second one counts as the same letter."""

    def twice() -> None:
        with smtplib.SMTP(*place(sandbox), timeout=5) as client:
            client.send_message(message())
            client.send_message(message())

    await asyncio.to_thread(twice)
    assert [1, 2] == [each["count"] for each in sandbox.mail.ledger]
    assert [TEXT, TEXT] == [letter.text for letter in sandbox.mail.letters]


async def test_a_partial_refusal_names_who_is_left_out(sandbox: Sandbox) -> None:
    """One recipient of two is refused, and the letter goes to the other."""
    sandbox.mail.mishaps.add(Mishap(stage=Stage.RCPT, code=550, recipient="bob@example.com"))
    refused, _ = await send(sandbox, recipients=["alice@example.com", "bob@example.com"])
    assert {"bob@example.com": 550} == {name: response.code for name, response in refused.items()}
    assert [("alice@example.com",)] == [letter.recipients for letter in sandbox.mail.letters]


@pytest.mark.parametrize(
    ("stage", "code", "error"),
    [
        (Stage.GREETING, 421, aiosmtplib.SMTPConnectResponseError),
        (Stage.GREETING, 0, aiosmtplib.SMTPConnectError),
        (Stage.MAIL, 451, aiosmtplib.SMTPSenderRefused),
        (Stage.RCPT, 450, aiosmtplib.SMTPRecipientsRefused),
        (Stage.DATA, 554, aiosmtplib.SMTPDataError),
        (Stage.DOT, 452, aiosmtplib.SMTPDataError),
        (Stage.DOT, 0, aiosmtplib.SMTPServerDisconnected),
    ],
)
async def test_what_is_ordered_goes_wrong_once(
    sandbox: Sandbox, stage: Stage, code: int, error: type[Exception]
) -> None:
    """At its stage the server replies so, or is gone; nothing is taken, and the next letter is."""
    sandbox.mail.mishaps.add(Mishap(stage=stage, code=code))
    with pytest.raises(error):
        await send(sandbox)
    assert [] == sandbox.mail.ledger
    await send(sandbox)
    assert 1 == len(sandbox.mail.ledger)


async def test_a_letter_may_be_taken_and_the_answer_lost(sandbox: Sandbox) -> None:
    """The connection ends after the final dot: the client knows nothing, and the letter is there."""
    sandbox.mail.mishaps.add(Mishap(stage=Stage.TAKEN))
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(sandbox)
    assert 1 == len(sandbox.mail.letters)


async def test_a_silence_lasts_as_long_as_ordered(sandbox: Sandbox) -> None:
    """A client without patience gives up; withdrawing the order ends the silence."""
    sandbox.mail.mishaps.add(Mishap(stage=Stage.GREETING, seconds=60))
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await send(sandbox, timeout=0.2)
    sandbox.mail.mishaps.add(Mishap(stage=Stage.EHLO, seconds=60, code=250))
    sending = asyncio.ensure_future(send(sandbox))
    while sandbox.mail.mishaps.listed():  # noqa: ASYNC110 - an order that is taken has no event
        await asyncio.sleep(0.01)
    sandbox.mail.mishaps.clear()
    await sending
    assert 1 == len(sandbox.mail.letters)


async def test_a_log_in_is_asked_for(locked: Sandbox) -> None:
    """530 without one, 535 with a wrong one, by either way of logging in; the right one sends."""
    with pytest.raises(aiosmtplib.SMTPSenderRefused, match="530"):
        await send(locked)
    with pytest.raises(aiosmtplib.SMTPAuthenticationError, match="535"):
        await send(locked, username="holdline", password="wrong")
    await send(locked, username="holdline", password="right")

    def by_login() -> None:
        with smtplib.SMTP(*place(locked), timeout=5) as client:
            client.ehlo()
            client.user, client.password = "holdline", "right"
            client.auth("LOGIN", client.auth_login, initial_response_ok=False)
            client.send_message(message())

    await asyncio.to_thread(by_login)
    assert 2 == len(locked.mail.letters)


async def test_an_unknown_recipient_and_a_large_letter_are_refused(locked: Sandbox) -> None:
    """550 for nobody's address; the size is announced, and 552 beyond it."""
    account = {"username": "holdline", "password": "right"}
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(locked, recipients=["nobody@example.com"], **account)
    small = SandboxSettings(mail=MailSettings(largest=100))
    async with Sandbox(small).running() as sandbox:
        with pytest.raises(aiosmtplib.SMTPDataError, match="552"):
            await send(sandbox)


async def test_commands_out_of_order_are_refused(sandbox: Sandbox) -> None:
    """What RFC 5321 forbids gets a 5xx, and the conversation goes on."""
    reader, writer = await asyncio.open_connection(*place(sandbox))
    await reader.readline()
    codes = []
    for line in ("DATA", "RCPT TO:<a@b>", "MAIL nobody", "HELP", "STARTTLS", "AUTH NTLM x", "NOOP", "QUIT"):
        writer.write(f"{line}\r\n".encode())
        codes.append(int((await reader.readline())[:3]))
    writer.close()
    await writer.wait_closed()
    assert [503, 503, 501, 500, 503, 504, 250, 221] == codes


async def test_orders_are_given_and_letters_read_below_sim(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """What speaks SMTP is told by HTTP: mishaps, letters, the ledger, a reset."""
    sim = f"{sandbox.mail_url}/_sim"
    assert 201 == (await http.post(f"{sim}/mishaps", json={"stage": "rcpt", "code": 550})).status_code
    assert ["rcpt"] == [each["stage"] for each in (await http.get(f"{sim}/mishaps")).json()]
    assert {"removed": 1} == (await http.delete(f"{sim}/mishaps")).json()
    assert 400 == (await http.post(f"{sim}/mishaps", json={"stage": "lunch"})).status_code
    await send(sandbox)
    world = (await http.get(f"{sim}/world")).json()
    assert [("Grüße", TEXT)] == [(each["headers"]["Subject"], each["text"]) for each in world["letters"]]
    await http.post(f"{sim}/reset")
    assert [] == (await http.get(f"{sim}/ledger")).json()
