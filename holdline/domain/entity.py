"""What can fail; its id is safe to use in workflow ids and queries."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from holdline.domain.frozen import Frozen
from holdline.domain.text import Name

_ID = re.compile(r"[a-z0-9][a-z0-9._:-]{0,119}")


class EntityKind(StrEnum):
    """The parts of a contact centre that an incident can be about."""

    TRUNK = "trunk"
    EDGE = "edge"
    QUEUE = "queue"
    SITE = "site"
    ORGANISATION = "organisation"
    REGION = "region"
    CREDENTIAL = "credential"


def _normal(value: str) -> str:
    lowered = value.strip().lower()
    if _ID.fullmatch(lowered) is None:
        raise ValueError("an entity id has 1 to 120 characters out of a-z 0-9 . _ : - and starts with a-z or 0-9")
    return lowered


EntityId = Annotated[str, AfterValidator(_normal)]
"""A lower-case id of 1 to 120 safe characters, such as a Genesys UUID."""


class Entity(Frozen):
    """One part of a contact centre; `name` and `site` are for people and may be empty."""

    kind: EntityKind
    id: EntityId
    name: Name = ""
    site: Name = ""

    @property
    def label(self) -> str:
        """The words a person recognises: the name where there is one, else the id."""
        return self.name or self.id
