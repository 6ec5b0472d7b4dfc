"""A letter that the server took, as the people who read it have it."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any


@dataclass(frozen=True)
class Letter:
    """The envelope and the message in it, byte for byte."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def header(self, name: str) -> str | None:
        """A header's value in plain letters; None where there is none."""
        found = self.message[name]
        return None if found is None else str(found)

    @property
    def text(self) -> str:
        """What is read: the body where it is plain text, nothing where it is not."""
        message = self.message
        text = str(message.get_content()) if message.get_content_type() == "text/plain" else ""
        return text.replace("\r\n", "\n")

    def resource(self) -> dict[str, Any]:
        """The letter as plain JSON."""
        headers = {name: str(value) for name, value in self.message.items()}
        envelope = {"sender": self.sender, "recipients": list(self.recipients)}
        return {**envelope, "headers": headers, "text": self.text, "size": len(self.raw)}
