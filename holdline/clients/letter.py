"""What a notice looks like as a letter: plain text, with headers that no text of an event can reach.

RFC 5322 for the headers, RFC 3834 for `Auto-Submitted`.
"""

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from holdline.clients.plain import rows
from holdline.domain.text import clean
from holdline.ports import Notice

_SUBJECT, _VALUE, _ENOUGH = 150, 1000, 100_000
_ID: Final = re.compile(r"<[A-Za-z0-9.]{1,200}@[A-Za-z0-9.-]{1,250}>")
_TAG: Final = re.compile(r"[^A-Za-z0-9]")


def message_id(notice: Notice, domain: str) -> str:
    """The id of the letter: the same notice has the same one however often it is sent, so that readers may fold it."""
    return f"<{_TAG.sub('', notice.tag)}.{notice.epoch}.{notice.opening}.holdline@{domain}>"


def letter(notice: Notice, sender: str, recipient: str, ours: str) -> EmailMessage:
    """The letter to one recipient; `ours` is the address whose links stand in it as they are."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = clean(f"{notice.severity}: {notice.title}", _SUBJECT)
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = message_id(notice, sender.rpartition("@")[2])
    if _ID.fullmatch(notice.thread):
        message["In-Reply-To"] = notice.thread
        message["References"] = notice.thread
    message["Auto-Submitted"] = "auto-generated"
    message["X-Request-ID"] = clean(notice.request_id, 200)
    message.set_content(_body(notice, ours), cte="quoted-printable")
    return message


def _body(notice: Notice, ours: str) -> str:
    lines = [clean(f"{notice.severity}: {notice.title}", _VALUE), ""]
    lines += [f"{name}: {value}" for name, value in rows(notice, ours, _VALUE)]
    return "\n".join(lines)[:_ENOUGH] + "\n"
