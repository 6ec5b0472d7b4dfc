"""When a trunk counts as down: missing data is unknown, never down (S1.1)."""

from typing import Any

import pytest

from holdline.clients.genesys_trunks import Trunk, health
from holdline.domain.observation import Verdict

GOOD: dict[str, Any] = {
    "id": "t1",
    "state": "active",
    "enabled": True,
    "inService": True,
    "connectedStatus": {"connected": True, "connectedStateTime": "2026-03-29T01:30:00Z"},
    "optionsEnabledStatus": "ENABLED",
    "optionsStatus": [{"proxyAddress": "a", "optionState": True}, {"proxyAddress": "b", "optionState": True}],
    "registersEnabledStatus": "NOT_SUPPORTED",
    "registersStatus": [],
}
DOWN = {"connected": False, "connectedStateTime": "2026-03-29T01:31:00Z"}
NO_ANSWER = [{"optionState": False}, {"optionState": False}]

CASES: list[tuple[str, dict[str, Any], Verdict]] = [
    ("all is well", {}, Verdict.HEALTHY),
    ("not connected", {"connectedStatus": DOWN}, Verdict.BREACH),
    ("no far end answers", {"optionsStatus": NO_ANSWER}, Verdict.BREACH),
    ("one far end answers", {"optionsStatus": [{"optionState": False}, {"optionState": True}]}, Verdict.HEALTHY),
    ("one unknown", {"optionsStatus": [{"optionState": False}, {}]}, Verdict.HEALTHY),
    ("options off", {"optionsEnabledStatus": "DISABLED", "optionsStatus": NO_ANSWER}, Verdict.HEALTHY),
    ("options without a status", {"optionsStatus": None}, Verdict.HEALTHY),
    (
        "no registration",
        {"registersEnabledStatus": "ENABLED", "registersStatus": [{"registerState": False}]},
        Verdict.BREACH,
    ),
    ("registrations unsupported", {"registersStatus": [{"registerState": False}]}, Verdict.HEALTHY),
    ("nothing but options", {"connectedStatus": None}, Verdict.HEALTHY),
    ("nothing at all", {"connectedStatus": None, "optionsStatus": None}, Verdict.UNKNOWN),
    ("connected is null", {"connectedStatus": {}, "optionsEnabledStatus": "DISABLED"}, Verdict.UNKNOWN),
    ("out of service and down", {"inService": False, "connectedStatus": DOWN}, Verdict.UNKNOWN),
    ("disabled and down", {"enabled": False, "connectedStatus": DOWN}, Verdict.UNKNOWN),
    ("deleted and down", {"state": "deleted", "connectedStatus": DOWN}, Verdict.UNKNOWN),
    ("no state given", {"state": None, "connectedStatus": DOWN}, Verdict.UNKNOWN),
    ("no service given", {"inService": None, "connectedStatus": DOWN}, Verdict.UNKNOWN),
]


@pytest.mark.parametrize(("what", "changed", "verdict"), CASES)
def test_a_trunk_is_judged_by_what_it_says(what: str, changed: dict[str, Any], verdict: Verdict) -> None:
    """Down is what says so itself; what an administrator switched off, and what says nothing, is unknown."""
    found = health(Trunk.model_validate(GOOD | changed))
    assert verdict is found.verdict
    assert found.reason
