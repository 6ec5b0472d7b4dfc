"""What ServiceNow answers, as far as it is read."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

JOURNALS: Final = ("work_notes", "comments")
"""Fields that only grow and are answered empty."""


class Row(BaseModel):
    """A record as it is kept; fields that we may not read are missing or empty."""

    model_config = ConfigDict(extra="allow")

    sys_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    number: str = ""
    state: str = ""
    correlation_id: str = ""
    sys_created_on: str = ""


class One(BaseModel):
    """The answer about one record."""

    result: Row


class Several(BaseModel):
    """The answer to a query."""

    result: tuple[Row, ...]


class Shown(BaseModel):
    """A field with what people see of it."""

    value: str = ""
    display_value: str = ""


class Worked(BaseModel):
    """What shows that people work on a record; `work_notes` has every entry in its display value."""

    state: Shown = Shown()
    assigned_to: Shown = Shown()
    resolved_by: Shown = Shown()
    sys_updated_by: Shown = Shown()
    work_notes: Shown = Shown()


class Looked(BaseModel):
    """The answer about one record with display values."""

    result: Worked


class Transformed(BaseModel):
    """What became of an imported row; it is answered 200 in any case."""

    table: str = ""
    status: str
    sys_id: str = ""
    display_value: str = ""
    error_message: str = ""


class Imported(BaseModel):
    """The answer to an import."""

    result: tuple[Transformed, ...] = Field(min_length=1)


def dropped(row: Row, body: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that were sent and are not there, because an ACL or a missing column left them out without a word."""
    kept = row.model_dump()
    gone = [name for name in body if name not in JOURNALS and not kept.get(name)]
    if kept.get("correlation_id") and kept["correlation_id"] != body.get("correlation_id", kept["correlation_id"]):
        gone.append("correlation_id")
    return tuple(gone)
