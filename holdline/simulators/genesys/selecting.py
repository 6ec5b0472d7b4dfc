"""Filters and groups of an analytics query: which dimension values they let through."""

from collections.abc import Mapping
from typing import Any

from holdline.simulators.genesys.errors import bad_request

Group = Mapping[str, str]


def selects(filter_: Any, group: Group) -> bool:
    """Whether a filter lets a group through; no filter lets everything through. Raises GenesysError 400."""
    if filter_ is None:
        return True
    if not isinstance(filter_, dict) or filter_.get("type") not in ("and", "or"):
        raise bad_request("A filter has the type and or or.", "invalid.value")
    parts = [selects(each, group) for each in filter_.get("clauses") or ()]
    parts += [_matches(each, group) for each in filter_.get("predicates") or ()]
    if not parts:
        raise bad_request("A filter has at least one clause or predicate.", "invalid.value")
    return all(parts) if filter_["type"] == "and" else any(parts)


def _matches(predicate: Any, group: Group) -> bool:
    if not isinstance(predicate, dict) or predicate.get("type") != "dimension":
        raise bad_request("Only predicates of the type dimension are understood here.", "invalid.value")
    if predicate.get("operator", "matches") != "matches":
        raise bad_request("Only the operator matches is understood here.", "invalid.value")
    return group.get(str(predicate.get("dimension"))) == predicate.get("value")


def listed(body: Any, name: str, allowed: frozenset[str]) -> list[str]:
    """A list of words out of those that the API knows. Raises GenesysError 400."""
    found = body.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(each, str) for each in found):
        raise bad_request(f"{name} must be a list with at least one value.", "invalid.value")
    unknown = sorted(set(found) - allowed)
    if unknown:
        raise bad_request(f"{name} does not know {unknown[0]}.", "invalid.value")
    return found
