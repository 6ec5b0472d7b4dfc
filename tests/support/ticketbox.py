"""A ticket system in memory: the port's methods over a list of records, with scripted trouble."""

from dataclasses import dataclass, field

from holdline.domain.ticket import Stage
from holdline.ports import TicketOrder, TicketReceipt, TicketState
from tests.support.trouble import Trouble, Troubled


@dataclass
class Box:
    """One record: what it says, the comments it has by tag, and who has it."""

    id: str
    key: str
    facts: dict[str, str]
    minimal: bool
    open: bool = True
    notes: dict[str, str] = field(default_factory=dict)
    by: str | None = None
    guessed: bool = False

    def receipt(self) -> TicketReceipt:
        """What the vendor answers."""
        return TicketReceipt(id=self.id, number=f"INC{self.id}", open=self.open)


class TicketBox(Troubled):
    """A vendor without an upsert: what is created twice is there twice."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Box] = []
        self.orders: list[str] = []
        self.behind = 0
        self.default: str | None = None

    @property
    def written(self) -> list[str]:
        """The orders that change or look for tickets, without the questions who has one."""
        return [each for each in self.orders if each != "state"]

    def _before(self, what: str) -> Trouble | None:
        self.orders.append(what)
        return super()._before(what)

    async def find(self, order: TicketOrder) -> tuple[TicketReceipt, ...]:
        """Every record with the key; the next `behind` times the index has none yet."""
        self._after(self._before("find"))
        if self.behind:
            self.behind -= 1
            return ()
        return tuple(each.receipt() for each in self.records if each.key == order.key)

    async def open(self, order: TicketOrder) -> TicketReceipt:
        """Create a record, each time it is asked."""
        late = self._before("open")
        record = Box(str(len(self.records) + 1), order.key, order.facts, order.minimal, by=self.default)
        self.records.append(record)
        self._after(late)
        return record.receipt()

    async def update(self, order: TicketOrder) -> TicketReceipt:
        """Write a record anew."""
        late = self._before("update")
        record = self._record(order)
        record.facts, record.open = order.facts, order.stage is not Stage.RESOLVED
        self._noted(record, order)
        self._after(late)
        return record.receipt()

    async def close(self, order: TicketOrder) -> TicketReceipt:
        """Close a record."""
        late = self._before("close")
        record = self._record(order)
        record.facts, record.open = order.facts, False
        self._noted(record, order)
        self._after(late)
        return record.receipt()

    async def state(self, order: TicketOrder) -> TicketState:
        """Who has it."""
        self._after(self._before("state"))
        return TicketState(acknowledged_by=self._record(order).by, guessed=self._record(order).guessed)

    def _record(self, order: TicketOrder) -> Box:
        return next(each for each in self.records if each.id == order.record)

    @staticmethod
    def _noted(record: Box, order: TicketOrder) -> None:
        if order.note:
            assert order.tag not in record.notes or order.again, "a note was added twice"
            record.notes[order.tag] = order.note
