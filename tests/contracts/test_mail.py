"""The contract of writing to contacts by e-mail."""

import re

from holdline.ports import Notices
from holdline.simulators.mail.mishap import Mishap, Stage
from tests.contracts.notices import NoticesContract, Sent
from tests.contracts.rig import Clients, Rig

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Request-ID",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
"""Whatever the text of an event is, a letter has these headers and no others."""


class TestMail(NoticesContract):
    """A mail server as a carrier of notices."""

    to = "alice"
    looks = False
    replaces = False

    def notices(self, clients: Clients) -> Notices:
        """The mail client."""
        return clients.mail

    def sent(self, rig: Rig) -> list[Sent]:
        """The letters; what is more than text is a header that is not ours, another part, or another recipient."""
        found = []
        for letter in rig.sandbox.mail.letters:
            foreign = [name for name in letter.message if name not in HEADERS]
            parts = [part.get_content_type() for part in letter.message.walk()]
            more = [*foreign, *(each for each in parts if each != "text/plain"), *letter.recipients[1:]]
            assert letter.header("Subject") is not None
            assert not re.search(r"[\r\n]", str(letter.header("Subject")))
            found.append(Sent(text=f"{letter.header('Subject')}\n{letter.text}", markup=tuple(more)))
        return found

    def lose(self, rig: Rig, *, after: bool) -> None:
        """Tear the connection off after the final dot."""
        rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.TAKEN if after else Stage.DOT))

    def throttle(self, rig: Rig) -> None:
        """Ask to come back later."""
        rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.RCPT, code=450, text="4.2.0 greylisted"))

    def distrust(self, rig: Rig) -> None:
        """Refuse the password."""
        rig.sandbox.mail.mishaps.add(Mishap(stage=Stage.AUTH, code=535, text="5.7.8 no"))
