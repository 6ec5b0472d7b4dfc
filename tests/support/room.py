"""A room in memory: what was posted there, and what each message says now."""

from dataclasses import dataclass

from holdline.ports import Notice, Receipt, Rejected, Unavailable


@dataclass
class Message:
    """A message; `posted` is the notice that made it, `shows` the one that it shows now."""

    id: str
    posted: Notice
    shows: Notice


class Room:
    """A vendor that can look for its messages and replace them."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.replaced = 0
        self.refuses = False
        self.away = False

    async def send(self, notice: Notice) -> Receipt:
        """Post, each time it is asked."""
        if self.away:
            raise Unavailable("the room", "no connection")
        if self.refuses:
            raise Rejected("the room", "nobody may write here")
        self.messages.append(Message(f"C1:{len(self.messages)}", notice, notice))
        return Receipt(id=self.messages[-1].id)

    async def find(self, notice: Notice) -> Receipt | None:
        """The message with this tag."""
        if self.away:
            raise Unavailable("the room", "no connection")
        found = (each.id for each in self.messages if each.posted.tag == notice.tag)
        return next((Receipt(id=id) for id in found), None)

    async def update(self, notice: Notice) -> Receipt:
        """Replace a message."""
        message = next((each for each in self.messages if each.id == notice.record), None)
        if message is None:
            raise Rejected("slack", "there is no such message")
        message.shows = notice
        self.replaced += 1
        return Receipt(id=message.id)
