"""What an operator writes is refused in sentences that say the accepted form."""

from typing import Any

import pytest
from pydantic import ValidationError

from holdline.domain.escalation import STALE, Channel, EscalationPolicy, Target, Tier
from holdline.domain.runbook import Runbook

ONE = {"name": "one", "page": ["pagerduty:voice"]}


def test_targets_as_written() -> None:
    """A target is its channel and a name, and is printed as it was written."""
    target = Target.model_validate("sms:alice")
    assert (Channel.SMS, "alice", "sms:alice") == (target.channel, target.to, str(target))
    assert target == Target.model_validate(target.model_dump())


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"tiers": []}, "at least 1 item"),
        ({"tiers": [ONE] * 11}, "at most 10 items"),
        ({"tiers": [{"name": "one"}]}, r"no tier pages anybody; give at least one tier a `page`"),
        (
            {"tiers": [{"name": "a", "page": ["voice"]}]},
            "'voice' names no channel and person; write one of pagerduty:NAME",
        ),
        ({"tiers": [{"name": "a", "page": ["sms:"]}]}, "'sms:' names no channel and person"),
        ({"tiers": [{"name": "a", "page": ["fax:bob"]}]}, "'fax:bob' names no channel and person"),
        ({"tiers": [ONE], "wait": "0s"}, "must be at least 1s: nobody can answer a page faster"),
        ({"tiers": [ONE], "wait": 300}, "300 has no unit; write a duration such as '300s'"),
        ({"tiers": [ONE], "stale_after": "500ms"}, "must be at least 1s"),
        ({"tiers": [ONE], "lease": "0s"}, "must be at least 1s"),
        ({"tiers": [ONE], "repeats": -1}, "greater than or equal to 0"),
        ({"tiers": [ONE], "repeats": 51}, "less than or equal to 50"),
        ({"tiers": [ONE], "repeat": 3}, "Extra inputs are not permitted"),
    ],
)
def test_mistakes(policy: dict[str, Any], message: str) -> None:
    """Each mistake has its sentence."""
    with pytest.raises(ValidationError, match=message):
        EscalationPolicy.model_validate(policy)


@pytest.mark.parametrize(
    ("section", "mistake", "message"),
    [
        ("stability", {"failures": 0}, "greater than or equal to 1"),
        ("stability", {"reading_interval": "0s"}, "must be at least 1s"),
        ("recovery", {"confirm_after": "100ms"}, "must be at least 1s"),
        ("recovery", {"reading_interval": "0s"}, "must be at least 1s"),
        ("remediation", {"attempts": 11}, "less than or equal to 10"),
        ("remediation", {"actions": [{"do": "reboot"}]}, "'reorder_route'"),
    ],
)
def test_mistakes_in_a_runbook(section: str, mistake: dict[str, Any], message: str) -> None:
    """What would spin or do too much is refused when it is read, not at night."""
    with pytest.raises(ValidationError, match=message):
        Runbook.model_validate({"escalation": {"tiers": [ONE]}, section: mistake})


def test_somebody_on_the_stale_tier_is_enough() -> None:
    """A ladder of empty tiers is accepted where the stale tier pages somebody."""
    policy = EscalationPolicy.model_validate({"tiers": [{"name": "empty"}], "stale": ONE})
    assert Tier.model_validate(ONE) == policy.tier(STALE)


def test_positions() -> None:
    """Tiers are counted from 1; without a stale tier the last one stands for it."""
    policy = EscalationPolicy.model_validate({"tiers": [ONE, ONE | {"name": "two"}]})
    assert ("one", "two", "two") == (policy.tier(1).name, policy.tier(2).name, policy.tier(STALE).name)
