"""The life of an incident as one literal table (S3.5); everything that moves an incident is in this file."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where an incident stands. Values are persisted as search attributes and never change."""

    DETECTED = "DETECTED"
    STABILIZED = "STABILIZED"
    REMEDIATING = "REMEDIATING"
    MONITORING = "MONITORING"
    HANDED_OVER = "HANDED_OVER"
    RESOLVED = "RESOLVED"
    TRANSIENT = "TRANSIENT"


class Move(StrEnum):
    """What can happen to an incident."""

    CONFIRM = "confirm"
    CLEAR = "clear"
    REMEDIATE = "remediate"
    WATCH = "watch"
    HAND_OVER = "hand over"
    RECOVER = "recover"
    RESOLVE = "resolve"
    REOPEN = "re-open"


class IllegalMove(ValueError):
    """A move that the table does not know; nothing has changed."""


# STABILIZED says that the bad condition is stable: it has lasted for the stability window.
TABLE: Final = MappingProxyType(
    {
        State.DETECTED: {
            Move.CONFIRM: State.STABILIZED,
            Move.CLEAR: State.TRANSIENT,
            Move.RESOLVE: State.RESOLVED,
        },
        State.STABILIZED: {
            Move.REMEDIATE: State.REMEDIATING,
            Move.WATCH: State.MONITORING,
            Move.RECOVER: State.RESOLVED,
            Move.RESOLVE: State.RESOLVED,
        },
        State.REMEDIATING: {
            Move.WATCH: State.MONITORING,
            Move.HAND_OVER: State.HANDED_OVER,
            Move.RECOVER: State.RESOLVED,
            Move.RESOLVE: State.RESOLVED,
        },
        State.MONITORING: {
            # It got worse, and the runbook has other actions for that.
            Move.REMEDIATE: State.REMEDIATING,
            Move.HAND_OVER: State.HANDED_OVER,
            Move.RECOVER: State.RESOLVED,
            Move.RESOLVE: State.RESOLVED,
        },
        State.HANDED_OVER: {
            Move.RECOVER: State.RESOLVED,
            Move.RESOLVE: State.RESOLVED,
        },
        # Only inside the re-open window; afterwards a breach is a new epoch.
        State.RESOLVED: {Move.REOPEN: State.DETECTED},
        State.TRANSIENT: {Move.REOPEN: State.DETECTED},
    }
)

OVER: Final = frozenset({State.RESOLVED, State.TRANSIENT})


def advance(state: State, move: Move) -> State:
    """Return the state after `move`, or raise IllegalMove."""
    after = TABLE[state].get(move)
    if after is None:
        raise IllegalMove(f"an incident that is {state} cannot {move}")
    return after
