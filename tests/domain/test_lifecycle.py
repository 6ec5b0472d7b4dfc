"""S3.5: the life of an incident is one table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.lifecycle import OVER, TABLE, IllegalMove, Move, State, advance

LEGAL = [(state, move, after) for state, moves in TABLE.items() for move, after in moves.items()]
ILLEGAL = [(state, move) for state in State for move in Move if move not in TABLE[state]]


def test_every_state_has_its_row() -> None:
    """The table is complete: no state is forgotten."""
    assert set(State) == set(TABLE)


def test_every_move_is_used() -> None:
    """No move is left over."""
    assert set(Move) == {move for _, move, _ in LEGAL}


@pytest.mark.parametrize(("state", "move", "after"), LEGAL)
def test_legal_moves(state: State, move: Move, after: State) -> None:
    """A legal move leads where the table says."""
    assert after is advance(state, move)


@pytest.mark.parametrize(("state", "move"), ILLEGAL)
def test_illegal_moves(state: State, move: Move) -> None:
    """An illegal move raises, names both and changes nothing."""
    rows = {each: dict(moves) for each, moves in TABLE.items()}
    with pytest.raises(IllegalMove, match=f"{state} cannot {move}"):
        advance(state, move)
    assert rows == {each: dict(moves) for each, moves in TABLE.items()}


@pytest.mark.parametrize("state", [state for state in State if state not in OVER])
def test_an_end_is_within_reach(state: State) -> None:
    """Whatever happens, an operator's word ends the incident: RESOLVE is legal everywhere before the end."""
    assert advance(state, Move.RESOLVE) in OVER


@pytest.mark.parametrize("state", OVER)
def test_from_the_end_only_a_relapse_leads_on(state: State) -> None:
    """An incident that is over can only be re-opened, and then it must be confirmed anew."""
    assert {Move.REOPEN: State.DETECTED} == dict(TABLE[state])


@given(st.lists(st.sampled_from(Move), max_size=40))
def test_no_walk_repairs_what_was_not_confirmed(moves: list[Move]) -> None:
    """However an incident is pushed, nothing is repaired or handed over before it was confirmed."""
    state, confirmed = State.DETECTED, False
    for move in moves:
        if move not in TABLE[state]:
            continue
        state = advance(state, move)
        confirmed = (confirmed or state is State.STABILIZED) and state is not State.DETECTED
        assert confirmed or state not in (State.REMEDIATING, State.MONITORING, State.HANDED_OVER)
