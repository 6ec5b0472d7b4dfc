"""The search for secrets and telephone numbers in every byte that a rig has left behind."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_plus

from temporalio.client import WorkflowHistory

from tests.endtoend.canaries import NUMBERS, SECRETS
from tests.endtoend.rig import Rig

_OURS: Final = ("secrets", "holdline.toml")
"""What may hold them: the files of the secrets, and the configuration, which has our own number."""

Places = Iterable[tuple[str, bytes]]


@dataclass(frozen=True)
class Leak:
    """A canary, the form in which it was found, and where."""

    canary: str
    form: str
    place: str


def canaries(rig: Rig) -> list[str]:
    """The canaries of a rig: its secrets, its numbers as digits, and the access tokens that were issued."""
    digits = [number.removeprefix("+") for number in NUMBERS]
    return [*SECRETS.values(), *digits, *rig.sandbox.genesys.tokens._issued]


def search(places: Places, wanted: Iterable[str]) -> list[Leak]:
    """Every canary in every form in every place."""
    needles = [(canary, form, needle) for canary in wanted for form, needle in forms(canary)]
    return [Leak(canary, form, place) for place, text in places for canary, form, needle in needles if needle in text]


def files(rig: Rig) -> Iterator[tuple[str, bytes]]:
    """Every file below the rig's folder: databases, journal, logs, spans."""
    for path in sorted(rig.folder.rglob("*")):
        if path.is_file() and path.relative_to(rig.folder).parts[0] not in _OURS:
            yield str(path.relative_to(rig.folder)), path.read_bytes()


def answers(rig: Rig) -> Iterator[tuple[str, bytes]]:
    """Every answer that the gateway gave to our sender."""
    for attempt in rig.sender.log:
        yield f"answer {attempt.status} to {attempt.event_id}", attempt.answer


def decoded(histories: Iterable[WorkflowHistory]) -> Iterator[tuple[str, bytes]]:
    """Every history as JSON, where payloads are base64, and as bytes, where they are not."""
    for history in histories:
        yield f"history of {history.workflow_id}", history.to_json().encode()
        yield f"payloads of {history.workflow_id}", b"\n".join(event.SerializeToString() for event in history.events)


def forms(canary: str) -> Iterator[tuple[str, bytes]]:
    """A canary as it is, inside an address, in hexadecimal, and in base64 wherever in a text it starts."""
    raw = canary.encode()
    yield "as it is", raw
    yield from {("in an address", each.encode()) for each in (quote(canary, safe=""), quote_plus(canary))}
    yield "in hexadecimal", raw.hex().encode()
    for shift in range(3):
        # What stands before it and after it blurs the first and the last characters.
        text = base64.b64encode(b"\0" * shift + raw)
        yield f"in base64, {shift} bytes off", text[(0, 2, 3)[shift] : len(text) - 4]
