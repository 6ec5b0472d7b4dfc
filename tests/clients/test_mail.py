"""Notices by e-mail: what each reply means, what stands in the headers. aiosmtpd takes our client for a mail client."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from holdline.clients.letter import letter, message_id
from holdline.clients.mail import Mail, Server, Tls
from holdline.clients.network import Network
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    Notice,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)
from holdline.simulators.mail.mishap import Mishap, Stage
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import MailSettings
from holdline.simulators.settings import Tls as Certificate
from tests.contracts.contract import failing
from tests.contracts.notices import notice
from tests.contracts.rig import ADDRESS, MAIL_PASSWORD, PATIENT, Rig, mail

OURS = "https://holdline.example.com"
CALL = Call(request_id="request-1", effect="preflight:email")

REPLIES: list[tuple[Stage, int, type[VendorError]]] = [
    (Stage.GREETING, 421, Throttled),
    (Stage.GREETING, 554, Rejected),
    (Stage.GREETING, 0, Unavailable),
    (Stage.EHLO, 0, Unavailable),
    (Stage.AUTH, 454, Unavailable),
    (Stage.AUTH, 535, CredentialsRefused),
    (Stage.AUTH, 534, CredentialsRefused),
    (Stage.AUTH, 0, Unavailable),
    (Stage.MAIL, 421, Throttled),
    (Stage.MAIL, 451, Unavailable),
    (Stage.MAIL, 530, CredentialsRefused),
    (Stage.MAIL, 550, Rejected),
    (Stage.MAIL, 0, Unavailable),
    (Stage.RCPT, 450, Throttled),
    (Stage.RCPT, 451, Unavailable),
    (Stage.RCPT, 452, Unavailable),
    (Stage.RCPT, 550, Rejected),
    (Stage.RCPT, 553, Rejected),
    (Stage.RCPT, 0, Unavailable),
    (Stage.DATA, 451, Unavailable),
    (Stage.DATA, 554, Rejected),
    (Stage.DATA, 0, Unavailable),
    (Stage.DOT, 421, Throttled),
    (Stage.DOT, 451, Unavailable),
    (Stage.DOT, 552, Invalid),
    (Stage.DOT, 554, Rejected),
    (Stage.DOT, 0, OutcomeUnknown),
    (Stage.TAKEN, 0, OutcomeUnknown),
]
"""A reply says that nothing was taken, whenever it comes; only a lost answer after the letter's end leaves doubt."""


@pytest.mark.parametrize(("stage", "code", "error"), REPLIES)
async def test_a_reply_is_told_by_its_code(rig: Rig, stage: Stage, code: int, error: type[VendorError]) -> None:
    """At every stage of the conversation, and a connection that is lost there."""
    rig.sandbox.mail.mishaps.add(Mishap(stage=stage, code=code, text="no, thank you"))
    told = await failing(rig, rig.patient.mail.send(notice("alice")))
    assert error is type(told)
    assert (stage is Stage.TAKEN) is bool(rig.sandbox.mail.letters)


@pytest.mark.parametrize("stage", [each for each in Stage if each is not Stage.STARTTLS])
async def test_a_silence_ends_in_time(rig: Rig, stage: Stage) -> None:
    """A server that falls silent is given up; whether the letter had left us decides what is known."""
    rig.sandbox.mail.mishaps.add(Mishap(stage=stage, seconds=60))
    told = await failing(rig, rig.hasty.mail.send(notice("alice")))
    assert (OutcomeUnknown if stage in (Stage.DOT, Stage.TAKEN) else Unavailable) is type(told)


async def test_a_lost_letter_may_be_sent_again_where_nothing_left_us(rig: Rig) -> None:
    """After a connection that was lost before the text, the same letter arrives once."""
    rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.DATA))
    await failing(rig, rig.patient.mail.send(notice("alice")))
    await rig.patient.mail.send(notice("alice"))
    assert [1] == [each["count"] for each in rig.sandbox.mail.ledger]


async def test_the_same_notice_has_the_same_id(rig: Rig) -> None:
    """A reader's mail program may fold what was sent twice; another opening or another mark is another letter."""
    first, second = [await rig.patient.mail.send(notice("alice")) for _ in range(2)]
    assert first.id == second.id == f"<{notice('x').tag}.1.1.holdline@example.com>"
    assert [1, 2] == [each["count"] for each in rig.sandbox.mail.ledger]
    others = (notice("alice", opening=2), notice("alice", epoch=2), notice("alice", tag="00000000"))
    assert 4 == len({first.id, *(message_id(each, "example.com") for each in others)})


async def test_a_letter_joins_its_thread(rig: Rig) -> None:
    """The second letter names the first one, by which mail programs show them together."""
    root = await rig.patient.mail.send(notice("alice"))
    await rig.patient.mail.send(notice("alice", tag="11111111", thread=root.id))
    first, second = rig.sandbox.mail.letters
    assert (None, root.id, root.id) == (
        first.header("References"),
        second.header("References"),
        second.header("In-Reply-To"),
    )


@pytest.mark.parametrize("thread", ["C0INCIDENTS:1.1", "<a@b>\r\nBcc: x@example.com", "<>"])
def test_what_is_no_letter_starts_no_thread(thread: str) -> None:
    """A receipt of another vendor, or worse, does not become a header."""
    made = letter(notice("alice", thread=thread), "holdline@example.com", ADDRESS, OURS)
    assert made["References"] is made["In-Reply-To"] is None


async def test_headers_say_who_wrote_it(rig: Rig) -> None:
    """No vacation notice answers it, and it can be followed by the request's id."""
    await rig.patient.mail.send(notice("alice"))
    (sent,) = rig.sandbox.mail.letters
    names = ("From", "To", "Subject", "Auto-Submitted", "X-Request-ID")
    told = ("holdline@example.com", ADDRESS, "CRITICAL: Trunk Vienna is down", "auto-generated", "request-1")
    assert told == tuple(sent.header(name) for name in names)
    assert ("request-1", "holdline@example.com", (ADDRESS,)) == (
        rig.sandbox.mail.ledger[0]["request_id"],
        sent.sender,
        sent.recipients,
    )


async def test_a_dot_of_its_own_ends_no_letter(rig: Rig) -> None:
    """A line that is a dot is text, and what follows it is too."""
    await rig.patient.mail.send(notice("alice", title=".", lines={".": ".", ". ": "QUIT", "..": "end"}))
    (sent,) = rig.sandbox.mail.letters
    assert sent.text.endswith("..: end\n")


LINKS = {
    f"{OURS}/links/12345678901234567890?k=12345678": True,
    "https://evil.example.com/links/1": False,
    "https://holdline.example.com.evil.example.com/1": False,
    "https://holdline.example.com@evil.example.com/1": False,
    f"{OURS}/links/<script>": False,
    f"{OURS}/links/\r\nBcc: everybody@example.com": False,
}


@pytest.mark.parametrize("link", LINKS)
async def test_only_links_of_ours_stand_as_they_are(rig: Rig, link: str) -> None:
    """They may be long and hold figures; what else looks like an address is text like any other, in one line."""
    await rig.patient.mail.send(notice("alice", lines={"Acknowledge": link}))
    (sent,) = rig.sandbox.mail.letters
    assert 3 == len(sent.text.splitlines())
    if LINKS[link]:
        assert f"Acknowledge: {link}" in sent.text.splitlines()


async def test_a_refusal_repeats_neither_address_nor_password(rig: Rig) -> None:
    """Servers quote what they refuse."""
    for stage in (Stage.AUTH, Stage.RCPT):
        text = f"<{ADDRESS}> {MAIL_PASSWORD}"
        rig.sandbox.mail.mishaps.add(Mishap(stage=stage, code=550, text=text))
        told = await failing(rig, rig.patient.mail.send(notice("alice")))
        assert MAIL_PASSWORD not in str(told)
    assert ADDRESS not in str(told)


async def test_each_conversation_can_be_followed(rig: Rig) -> None:
    """A span with the code that the server ended with, also where it refused; no address, no text."""
    await rig.patient.mail.send(notice("alice"))
    rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.RCPT, code=550))
    await failing(rig, rig.patient.mail.send(notice("alice")))
    spans = [dict(span.attributes or {}) for span in rig.watch.spans()]
    assert [(250, "request-1"), (550, "request-1")] == [
        (each["holdline.smtp.code"], each["holdline.request_id"]) for each in spans
    ]


async def test_cancellation_passes_through(rig: Rig) -> None:
    """A cancelled call ends as cancelled, and the client works on."""
    rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.MAIL, seconds=60))
    call = asyncio.ensure_future(rig.patient.mail.send(notice("alice")))
    while rig.sandbox.mail.mishaps.listed():  # noqa: ASYNC110 - an order that is taken has no event
        await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await rig.patient.mail.send(notice("alice"))
    assert 1 == len(rig.sandbox.mail.letters)


async def test_an_account_is_proved(rig: Rig) -> None:
    """Logging in sends nothing; a refused password is told, a server that is busy proves nothing."""
    await rig.patient.mail.prove((), CALL)
    rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.AUTH, code=535))
    assert CredentialsRefused is type(await failing(rig, rig.patient.mail.prove((), CALL)))
    rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.GREETING, code=421))
    assert Throttled is type(await failing(rig, rig.patient.mail.prove((), CALL)))
    assert [] == rig.sandbox.mail.letters


async def test_a_server_without_a_log_in_is_no_secret(rig: Rig) -> None:
    """Where an account is set up and the server offers none, the set-up is wrong, and no password is sent."""
    async with Sandbox(SandboxSettings()).running() as sandbox:
        client = mail(sandbox.smtp_url, Network(limits=PATIENT))
        assert Misconfigured is type(await failing(rig, client.send(notice("alice"))))
        assert "AUTH" not in [each["method"] for each in sandbox.mail.requests]


@dataclass
class Inbox:
    """What an aiosmtpd server took; it logs in one account."""

    envelopes: list[Any] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a letter of somebody who is logged in."""
        if not session.authenticated:
            return "530 who are you"
        self.envelopes.append(envelope)
        return "250 taken"

    def known(self, server: Any, session: Any, envelope: Any, mechanism: str, data: object) -> AuthResult:
        """Log in the account of the canaries."""
        right = isinstance(data, LoginPassword) and data.password == MAIL_PASSWORD.encode()
        return AuthResult(success=right, handled=False)


@asynccontextmanager
async def aiosmtpd() -> AsyncIterator[tuple[Inbox, str]]:
    """A server that somebody else wrote, and its address."""
    inbox = Inbox()

    def serve() -> Any:
        return SMTP(inbox, hostname="localhost", authenticator=inbox.known, auth_require_tls=False)

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    async with server:
        yield inbox, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_aiosmtpd_takes_our_letters() -> None:
    """A server that somebody else wrote logs us in and reads sender, recipient, headers and text."""
    async with aiosmtpd() as (inbox, address):
        receipt = await mail(address, Network(limits=PATIENT)).send(notice("alice", lines={"Queue": "Grüße\n."}))
    (envelope,) = inbox.envelopes
    assert ("holdline@example.com", [ADDRESS]) == (envelope.mail_from, envelope.rcpt_tos)
    assert receipt.id.encode() in envelope.content
    assert b"Queue: Gr=C3=BC=C3=9Fe ." in envelope.content


async def test_aiosmtpd_refuses_a_wrong_password() -> None:
    """Its words for it are understood too."""
    async with aiosmtpd() as (inbox, address):
        client = mail(address, Network(limits=PATIENT), "wrong")
        with pytest.raises(CredentialsRefused):
            await client.send(notice("alice"))
    assert [] == inbox.envelopes


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of our own."""
    return trustme.CA()


@asynccontextmanager
async def encrypted(authority: trustme.CA, folder: Path, *, implicit: bool) -> AsyncIterator[Sandbox]:
    """A sandbox with a certificate of the authority."""
    issued = authority.issue_cert("127.0.0.1")
    chain, key = folder / "chain.pem", folder / "key.pem"
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(chain), append=bool(number))
    issued.private_key_pem.write_to_path(str(key))
    settings = SandboxSettings(
        tls=Certificate(certificate=chain, key=key),
        mail=MailSettings(username="holdline", password=MAIL_PASSWORD, implicit=implicit),
    )
    async with Sandbox(settings).running() as sandbox:
        yield sandbox


def client_of(sandbox: Sandbox, tls: Tls, authority: trustme.CA | None) -> Mail:
    """A client that trusts the authority, or only the public ones."""
    network = Network(limits=PATIENT, verify=None if authority is None else _trusting(authority))
    port = int(sandbox.smtp_url.rpartition(":")[2])
    server = Server(host="127.0.0.1", port=port, tls=tls, username="holdline", password=lambda: MAIL_PASSWORD)
    return Mail(server, sender="holdline@example.com", contacts={"alice": ADDRESS}, network=network)


def _trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_letter_travels_encrypted(authority: trustme.CA, tmp_path: Path, tls: Tls) -> None:
    """By STARTTLS and from the first byte; the log-in comes after it."""
    async with encrypted(authority, tmp_path, implicit=tls == "implicit") as sandbox:
        await client_of(sandbox, tls, authority).send(notice("alice"))
        verbs = [each["method"] for each in sandbox.mail.requests]
        assert 1 == len(sandbox.mail.letters)
    assert (tls == "starttls") is ("STARTTLS" in verbs)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    authority: trustme.CA, tmp_path: Path, tls: Tls
) -> None:
    """Neither password nor letter is given to it, and the sentence says why."""
    async with encrypted(authority, tmp_path, implicit=tls == "implicit") as sandbox:
        with pytest.raises(Rejected, match="not trusted"):
            await client_of(sandbox, tls, None).send(notice("alice"))
        assert "AUTH" not in [each["method"] for each in sandbox.mail.requests]


async def test_a_server_without_tls_gets_no_password(rig: Rig) -> None:
    """Where STARTTLS is set up and somebody takes it out of the offers, nothing is sent in the clear."""
    rig.sandbox.mail.requests.clear()
    with pytest.raises(Misconfigured):
        await client_of(rig.sandbox, "starttls", None).send(notice("alice"))
    assert not {"AUTH", "MAIL"} & {each["method"] for each in rig.sandbox.mail.requests}


def test_a_body_is_bounded() -> None:
    """Whatever the lines hold, the letter stays of a size that every server takes."""
    lines = {f"line {number}": "ü" * 5000 for number in range(1000)}
    made = letter(Notice.model_validate(notice("alice", lines=lines)), "holdline@example.com", ADDRESS, OURS)
    assert len(made.as_bytes()) < 1_000_000
