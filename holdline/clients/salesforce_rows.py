"""What Salesforce is asked by query, and what it answers, as far as it is read."""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, RootModel

CASE_ID: Final = re.compile(r"500[A-Za-z0-9]{12}([A-Za-z0-9]{3})?")
SHORT: Final = "Id, CaseNumber, Status, IsClosed"
_USER: Final = "005"
"""What the id of a user begins with."""

WORKED: Final = "Id, Status, IsClosed, OwnerId, Owner.Name, CreatedById, LastModifiedById, LastModifiedBy.Name"


def select(fields: str, kind: str, *, order: str = "", limit: int = 1, **where: str) -> str:
    """A query for records whose fields have these values, which are quoted here."""
    terms = " AND ".join(f"{name} = {_quoted(value)}" for name, value in where.items())
    parts = ["SELECT", fields, "FROM", kind, *(["WHERE", terms] if terms else [])]
    return " ".join([*parts, *(["ORDER BY", order] if order else []), "LIMIT", str(limit)])


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Written(BaseModel):
    """The receipt of a write; `created` is missing where nothing could have been there before."""

    id: str = Field(min_length=15, max_length=18)
    success: Literal[True]
    created: bool = True


class Saved(RootModel[tuple[Written, ...]]):
    """The receipts of several writes; a list is answered 200, whatever became of its rows."""

    root: Annotated[tuple[Written, ...], Field(min_length=1)]


class Named(BaseModel):
    """Somebody, by their name."""

    name: str = Field(default="", alias="Name")


class Case(BaseModel):
    """A case as a query has it."""

    id: str = Field(alias="Id", pattern=rf"^{CASE_ID.pattern}$")
    number: str = Field(default="", alias="CaseNumber")
    status: str = Field(default="", alias="Status")
    closed: bool = Field(alias="IsClosed")


class Worked(Case):
    """A case with who has it; a queue has an id of another kind than a user."""

    owner_id: str | None = Field(default=None, alias="OwnerId")
    owner: Named | None = Field(default=None, alias="Owner")
    creator: str | None = Field(default=None, alias="CreatedById")
    writer_id: str | None = Field(default=None, alias="LastModifiedById")
    writer: Named | None = Field(default=None, alias="LastModifiedBy")

    @property
    def owned(self) -> bool:
        """Whether a user has it; whoever created it does not, for that were we."""
        return (self.owner_id or "").startswith(_USER) and self.owner_id != self.creator


class Comment(BaseModel):
    """A comment on a case."""

    text: str | None = Field(default=None, alias="CommentBody", repr=False)


class Anything(BaseModel):
    """A record of which only its being there counts."""


class Cases(BaseModel):
    """The answer to a query for cases."""

    records: tuple[Case, ...]


class Works(BaseModel):
    """The answer to a query for who works on a case."""

    records: tuple[Worked, ...]


class Comments(BaseModel):
    """The answer to a query for comments."""

    records: tuple[Comment, ...]


class Records(BaseModel):
    """The answer to a query for anything."""

    records: tuple[Anything, ...]
