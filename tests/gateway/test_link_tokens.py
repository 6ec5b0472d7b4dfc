"""Tokens of links: what they say is what was signed, by any live secret, and nothing else is true."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from holdline.domain.button import Button
from holdline.links import GOOD_FOR, Link, Links, NotTrue, digest_of, mint, read

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
SECRET = "a-secret-that-signs-links-00001"
WORKFLOW = "incident/trunk_failure/7f3a"


def link(**over: Any) -> Link:
    """A link for Alice."""
    said = {"person": "alice", "order": Button.ACKNOWLEDGE, "workflow_id": WORKFLOW, "epoch": 3, "opening": 2}
    return Link.model_validate(said | {"expires_at": AT} | over)


@pytest.mark.parametrize(
    "said",
    [
        link(),
        link(person="Zoë Ødegård", order=Button.HOLD),
        link(order=Button.APPROVE, proposal=f"{WORKFLOW}:3:proposal:1", digest="0b3b07a51a2d"),
        link(order=Button.DENY, proposal="p", digest="d"),
        link(episode="0b3b07a5"),
        link(order=Button.DENY, proposal="p", digest="d", episode="0b3b07a5"),
    ],
)
def test_what_is_said_is_read(said: Link) -> None:
    """With any of the live secrets."""
    assert said == read(mint(said, SECRET), [b"next", SECRET.encode()])


@given(place=st.integers(0, 400), letter=st.sampled_from("Aa0-_.=+/ é"))
def test_a_token_that_was_changed_is_not_true(place: int, letter: str) -> None:
    """In any place, by any letter."""
    token = mint(link(order=Button.APPROVE, proposal="p", digest="d"), SECRET)
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(NotTrue):
            read(changed, [SECRET.encode()])


@pytest.mark.parametrize("token", ["", ".", "a.b", "é.é", "." * 5000, "a" * 5000])
def test_what_is_no_token_is_not_true(token: str) -> None:
    """Nor is anything where there is no secret."""
    with pytest.raises(NotTrue):
        read(token, [SECRET.encode()])
    with pytest.raises(NotTrue):
        read(mint(link(), SECRET), [])


def test_another_secret_makes_another_token() -> None:
    """One that has gone proves nothing any more."""
    with pytest.raises(NotTrue):
        read(mint(link(), "the-secret-before-that-one-0001"), [SECRET.encode()])


def test_a_decision_names_its_plan() -> None:
    """A link cannot approve whatever may be asked when it is pressed."""
    for order in (Button.APPROVE, Button.DENY):
        with pytest.raises(ValidationError, match="names its proposal"):
            link(order=order)


def test_an_address_is_the_same_for_the_same() -> None:
    """An attempt that is repeated sends the same link; the first secret signs, and it ends half an hour later."""
    links = Links(lambda: [SECRET, "another-secret-that-is-live-001"], "https://holdline.example.com/")
    about: dict[str, Any] = {"workflow_id": WORKFLOW, "epoch": 3, "opening": 2, "at": AT}
    first, again = (links.url("alice", Button.ACKNOWLEDGE, **about) for _ in range(2))
    base, _, token = first.partition("/v1/links/")
    assert (first, "https://holdline.example.com") == (again, base)
    assert link(expires_at=AT + GOOD_FOR) == read(token, [SECRET.encode()])
    later = links.url("alice", Button.ACKNOWLEDGE, **about | {"at": AT + timedelta(seconds=1)})
    assert 2 == len({digest_of(each.rpartition("/")[2]) for each in (first, later)})


def test_the_digest_gives_nothing_away() -> None:
    """It stands in the journal, where the token would be a key."""
    token = mint(link(), SECRET)
    assert 32 == len(digest_of(token))
    assert digest_of(token) not in token
