"""What everything in the simulated organisation has: an id and a name."""

from dataclasses import dataclass
from uuid import NAMESPACE_DNS, uuid5


@dataclass(frozen=True)
class Named:
    """Anything with an id (UUID, the same in every run) and a readable name."""

    id: str
    name: str


def fixed_id(kind: str, name: str) -> str:
    """The id that an entity of this name has in every sandbox."""
    return str(uuid5(NAMESPACE_DNS, f"{kind}.{name}.sandbox.holdline.example"))
