"""What Jira answers, as far as it is used."""

from typing import Any

from pydantic import BaseModel, Field

_DONE = "done"


class Created(BaseModel):
    """The receipt of a new issue."""

    id: str = Field(pattern=r"^\d{1,20}$")
    key: str = Field(min_length=1)


class Category(BaseModel):
    """`new`, `indeterminate` or `done`, whatever the status is called."""

    key: str


class Status(BaseModel):
    """A status."""

    name: str = ""
    of: Category = Field(alias="statusCategory")

    @property
    def category(self) -> str:
        """The key of its category."""
        return self.of.key


class User(BaseModel):
    """A person or an app; the address is hidden where they want that."""

    id: str = Field("", alias="accountId")
    name: str = Field("", alias="displayName")
    email: str | None = Field(None, alias="emailAddress")


class Transition(BaseModel):
    """A way to another status."""

    id: str
    name: str
    to: Status


class Fields(BaseModel):
    """The fields of an issue that were asked for."""

    status: Status
    labels: tuple[str, ...] = ()
    assignee: User | None = None
    creator: User | None = None


class Issue(BaseModel):
    """An issue."""

    id: str
    key: str
    fields: Fields
    transitions: tuple[Transition, ...] = ()

    @property
    def status(self) -> str:
        """What its status is called."""
        return self.fields.status.name

    @property
    def category(self) -> str:
        """The category of its status."""
        return self.fields.status.category

    @property
    def given(self) -> User | None:
        """Whom somebody gave it to; an automation may assign whoever created it."""
        who, creator = self.fields.assignee, self.fields.creator
        return None if who is None or (creator is not None and who.id and who.id == creator.id) else who

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return self.category == _DONE


class Found(BaseModel):
    """The issues of a search."""

    issues: tuple[Issue, ...]


class Noted(BaseModel):
    """The receipt of a comment."""

    id: str = Field(min_length=1)


class Comment(BaseModel):
    """A comment; its body is a document."""

    body: Any = None

    @property
    def text(self) -> str:
        """All text in it."""
        return _text(self.body)


class Comments(BaseModel):
    """The comments of an issue."""

    comments: tuple[Comment, ...]


class Permission(BaseModel):
    """Whether the caller has it."""

    have: bool = Field(alias="havePermission")


class Granted(BaseModel):
    """The permissions asked for."""

    permissions: dict[str, Permission]


def _text(node: Any) -> str:
    match node:
        case str():
            return node
        case {"text": str(text)}:
            return text
        case {"content": list(nodes)}:
            return "".join(_text(each) for each in nodes)
        case _:
            return ""
