"""What can fail has an id that is safe in workflow ids and queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from holdline.domain.entity import Entity, EntityKind


@given(st.uuids())
def test_uuid_is_an_id(uuid: object) -> None:
    """A Genesys id is kept, in lower case."""
    assert str(uuid) == Entity(kind=EntityKind.TRUNK, id=f" {uuid} ".upper()).id


@pytest.mark.parametrize(
    "text", ["", "a" * 121, "a b", "a/b", "../etc", "-a", ".a", "a'b", 'a"b', "a\nb", "a\u202eb", "ä", "*", "a%2fb"]
)
def test_what_is_no_id(text: str) -> None:
    """Anything that a path, a query or a terminal could read otherwise is refused, and the form is named."""
    with pytest.raises(ValidationError, match="an entity id has 1 to 120 characters out of a-z 0-9"):
        Entity(kind=EntityKind.TRUNK, id=text)


def test_label_is_the_name_where_there_is_one() -> None:
    """People read the name, else the id."""
    assert "Carrier A" == Entity(kind=EntityKind.TRUNK, id="a1", name="Carrier A").label
    assert "a1" == Entity(kind=EntityKind.TRUNK, id="A1").label
