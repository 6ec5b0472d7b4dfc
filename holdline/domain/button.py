"""A button below a message in a room: what it asks for, and what of, written into the message and read back."""

from enum import StrEnum
from typing import Final

from pydantic import ConfigDict, Field

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

    @property
    def decides(self) -> bool:
        """Whether it is a decision about a plan, which needs the role and the proof of an approver."""
        return self in (Button.APPROVE, Button.DENY)


class Pressing(Frozen):
    """What a button acts on: one opening of one incident. `tag` is that of the message it stands below.

    Where `proposal` names what is decided about, `tag` is the digest of its plan; without it the plan is shown first.
    `episode` is the mark of its incident, by which one of the same numbers on another day is told; it may be unknown.
    It proves nothing by itself: who pressed, and that the vendor says so, is proved by the vendor's signature.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    workflow_id: str = Field(min_length=1, max_length=1000, alias="w")
    epoch: int = Field(ge=1, alias="e")
    opening: int = Field(default=1, ge=1, alias="o")
    tag: str = Field(max_length=64, alias="t")
    episode: str = Field(default="", max_length=64, alias="r")
    proposal: str = Field(default="", max_length=300, alias="p")

    def written(self) -> str:
        """Compact JSON, as a button carries it: `{"w":…,"e":…,"o":…,"t":…,"r":…}`, and `p` where it decides."""
        known = (("episode", self.episode), ("proposal", self.proposal))
        return self.model_dump_json(by_alias=True, exclude={name for name, value in known if not value})


def button_of(id: str) -> Button | None:
    """The button with such an id, or None where it is none of ours."""
    name = id.removeprefix(_PREFIX)
    return Button(name) if id.startswith(_PREFIX) and name in set(Button) else None
