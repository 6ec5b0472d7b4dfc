"""The same grid for e-mail, where what goes wrong is a part of a conversation."""

from itertools import product
from typing import Final

from activities.notifying import Notifying
from holdline.domain.escalation import Channel
from holdline.simulators.faults import When
from holdline.simulators.mail.mishap import Mishap, Stage
from tests.channels.grid import TEXT, Activities, Cell, Grid, Line
from tests.contracts.rig import Clients
from tests.tickets.ways import Way

_FIRST: Final = 2000
_STAGES: Final = tuple(stage for stage in Stage if stage is not Stage.STARTTLS)
_MISHAPS: Final = {
    "gone": Mishap(stage=Stage.DOT),
    "silent": Mishap(stage=Stage.DOT, code=421, seconds=60),
    "421": Mishap(stage=Stage.DOT, code=421),
    "451": Mishap(stage=Stage.DOT, code=451),
    "550": Mishap(stage=Stage.DOT, code=550),
}
"""By name; each at every stage."""


def _writing(clients: Clients) -> Activities:
    letters = Notifying(clients.mail, personal=True)
    return [letters.notify, letters.renew]


LINE: Final = Line(Channel.EMAIL, "alice", TEXT, lambda sandbox: sandbox.mail, "mail.taken", _writing)


def cells() -> list[Cell]:
    """Every mishap at every stage; the last one is after the letter was taken."""
    found = enumerate(product(_STAGES, _MISHAPS), start=_FIRST)
    return [Cell(LINE, Way(f"{stage}, {name}", None), _when(stage), number) for number, (stage, name) in found]


def _when(stage: Stage) -> When:
    return When.AFTER if stage is Stage.TAKEN else When.BEFORE


class Mailing(Grid):
    """Runs one cell after the other: a conversation does not say at once for whom it is."""

    lines = (LINE,)
    at_once = 1

    async def begin(self, cell: Cell) -> None:
        """Order the mishap."""
        stage, _, name = cell.way.name.partition(", ")
        self.sandbox.mail.mishaps.add(_MISHAPS[name].model_copy(update={"stage": Stage(stage)}))

    def _believed(self, cell: Cell) -> bool:
        """A reply of 4xx says that the letter was not taken; the second one has the same Message-ID."""
        letters = [each for each in self.sandbox.mail.letters if cell.name in each.text]
        same = len({letter.header("Message-ID") for letter in letters}) == 1
        return same and cell.way.name.partition(", ")[2].startswith("4")

    async def end(self, cell: Cell) -> None:
        """What was not met is withdrawn, and silence ends."""
        assert not self.sandbox.mail.mishaps.clear(), f"{cell.way.name} was not met"
