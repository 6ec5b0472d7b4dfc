"""The contract of writing to rooms at Teams."""

import re

from holdline.ports import Notices
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.teams.card import links, rendered, texts
from tests.contracts.notices import NoticesContract, Sent
from tests.contracts.rig import WORKFLOW, Clients, Rig

_FUNCTION = re.compile(r"\{\{")


class TestTeams(NoticesContract):
    """A workflow as a carrier of notices."""

    to = "incidents"
    looks = False
    replaces = False

    def notices(self, clients: Clients) -> Notices:
        """The client of the workflow."""
        return clients.teams

    def sent(self, rig: Rig) -> list[Sent]:
        """The cards that were taken; what is more than text is Markdown, a function of the card's, or a link."""
        found = []
        for card in rig.sandbox.teams.taken:
            shown = "\n".join(texts(card))
            found.append(Sent(shown, (*rendered(card), *links(card), *_FUNCTION.findall(shown))))
        return found

    def lose(self, rig: Rig, *, after: bool) -> None:
        """Tear the connection off."""
        when = When.AFTER if after else When.BEFORE
        rig.sandbox.teams.faults.add(Fault(kind=FaultKind.RESET, when=when, match=Match(path="/workflows")))

    def throttle(self, rig: Rig) -> None:
        """Too many requests."""
        fault = Fault(kind=FaultKind.STATUS, status=429, retry_after=7, match=Match(path="/workflows"))
        rig.sandbox.teams.faults.add(fault)

    def distrust(self, rig: Rig) -> None:
        """The address was made anew, and ours has the old signature."""
        rig.sandbox.teams.flows[WORKFLOW.id] = WORKFLOW.model_copy(update={"signature": "another-signature"})
