"""A button below a message in a room: what it asks for, and what of, written into the message and read back."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from holdline.domain.frozen import Frozen

_PREFIX: Final = "holdline."


class Button(StrEnum):
    """What a person may ask for by one press; the names that `Notice.actions` takes."""

    ACKNOWLEDGE = "acknowledge"
    ESCALATE = "escalate"
    HOLD = "hold"
    APPROVE = "approve"
    DENY = "deny"

    @property
    def id(self) -> str:
        """The name by which a room calls it back, such as `holdline.acknowledge`."""
        return f"{_PREFIX}{self}"

    @property
    def words(self) -> str:
        """What stands on it."""
        return self.capitalize()


class Pressing(Frozen):
    """What a button acts on: one opening of one incident. `tag` is that of the message it stands below.

    It proves nothing by itself: who pressed, and that the vendor says so, is proved by the vendor's signature.
    """

    workflow_id: str = Field(min_length=1, max_length=1000)
    epoch: int = Field(ge=1)
    opening: int = Field(default=1, ge=1)
    tag: str = Field(max_length=64)

    def written(self) -> str:
        """Compact JSON, as a button carries it."""
        return self.model_dump_json()


def button_of(id: str) -> Button | None:
    """The button with such an id, or None where it is none of ours."""
    name = id.removeprefix(_PREFIX)
    return Button(name) if id.startswith(_PREFIX) and name in set(Button) else None
