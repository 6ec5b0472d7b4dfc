"""What a simulator committed, and what it was asked."""

from collections import Counter, deque
from typing import Any

from starlette.types import Scope

from holdline.simulators.clock import millis, now

REMEMBERED_REQUESTS = 50_000


class Ledger(list[dict[str, Any]]):
    """Every effect in the order of its commit, as plain JSON objects.

    Each entry has `seq` (from 1), `at` (UTC), `kind` (such as `page.triggered`), `count` (how many
    effects of this kind this key has seen, this one included), `request_id` (the `X-Request-ID` of
    the request that caused it, or None) and the fields that its kind names.
    """

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[tuple[str, str]] = Counter()

    def commit(self, kind: str, key: str, request_id: str | None, **fields: object) -> None:
        """Write one effect down; `key` is what makes two effects of a kind the same one twice."""
        self._counts[kind, key] += 1
        count = self._counts[kind, key]
        entry = {"seq": len(self) + 1, "at": millis(now()), "kind": kind, "count": count}
        self.append({**entry, "request_id": request_id, **fields})

    def of(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        """The entries of one kind whose fields have the given values."""
        return [entry for entry in self if entry["kind"] == kind and fields.items() <= entry.items()]

    def clear(self) -> None:
        """Forget every effect and start counting again."""
        super().clear()
        self._counts.clear()


class RequestLog(deque[dict[str, Any]]):
    """The latest requests, without headers and bodies: no credential can be read from it."""

    def __init__(self) -> None:
        super().__init__(maxlen=REMEMBERED_REQUESTS)

    def note(self, scope: Scope) -> dict[str, Any]:
        """Write a request down; its `status` and `fault` are filled in as they become known."""
        entry: dict[str, Any] = {
            "at": millis(now()),
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("latin-1"),
            "request_id": request_id(scope),
            "fault": None,
            "status": None,
        }
        self.append(entry)
        return entry


def request_id(scope: Scope) -> str | None:
    """The caller's `X-Request-ID`, if it sent one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return str(value, "latin-1")
    return None
