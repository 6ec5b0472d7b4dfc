"""What Azure DevOps answers, as far as it is used."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Person(BaseModel):
    """Who has a work item."""

    name: str = Field("", alias="displayName")
    account: str = Field("", alias="uniqueName")


class Fields(BaseModel):
    """The fields of a work item by their reference names."""

    model_config = ConfigDict(extra="allow")

    state: str = Field(alias="System.State", min_length=1)
    tags: str = Field("", alias="System.Tags")
    assigned: Person | None = Field(None, alias="System.AssignedTo")
    creator: Person | None = Field(None, alias="System.CreatedBy")


class Item(BaseModel):
    """A work item in one revision."""

    id: int = Field(gt=0)
    rev: int = Field(0, ge=0)
    fields: Fields

    @property
    def state(self) -> str:
        """What its state is called."""
        return self.fields.state

    @property
    def given(self) -> Person | None:
        """Whom somebody gave it to; a process may assign whoever created it."""
        who, creator = self.fields.assigned, self.fields.creator
        return None if who is None or (creator is not None and who.account and who.account == creator.account) else who

    @property
    def tags(self) -> frozenset[str]:
        """Its tags."""
        return frozenset(each.strip() for each in self.fields.tags.split(";"))

    @property
    def kept(self) -> frozenset[str]:
        """The names of the fields that it has."""
        known: dict[str, Any] = self.fields.model_dump(by_alias=True, exclude_unset=True)
        return frozenset(known)


class Items(BaseModel):
    """Work items that were asked for by id; one that is gone is null."""

    value: tuple[Item | None, ...]


class Reference(BaseModel):
    """The id of a work item."""

    id: int


class Found(BaseModel):
    """What a query found."""

    items: tuple[Reference, ...] = Field(alias="workItems")


class Comment(BaseModel):
    """A comment, as HTML."""

    text: str = ""


class Comments(BaseModel):
    """The comments of a work item."""

    comments: tuple[Comment, ...]


class Kind(BaseModel):
    """A type of work items."""

    name: str
