"""Credentials: what each action needs, and by whom it is told that one is refused."""

from holdline.domain.change import ActionKind
from holdline.domain.credential import PERMISSIONS, Credential, by_others_first, proven, refused
from holdline.domain.escalation import Target
from holdline.domain.incident import Severity
from holdline.domain.observation import Verdict
from tests.domain.times import START


def test_every_genesys_action_says_what_it_needs() -> None:
    """An action without permissions would be proved by nothing; the webhook is no business of Genesys."""
    assert set(ActionKind) - set(PERMISSIONS) <= {"call_webhook"}
    alternatives = [one for needed in PERMISSIONS.values() for each in needed for one in each.split(" or ")]
    assert {3} == {len(each.split(":")) for each in alternatives}


def test_it_is_told_by_a_channel_that_does_not_need_it() -> None:
    """The channel of the refused credential comes last, and is not left out: in doubt it is tried."""
    page, text = (Target.model_validate(each) for each in ("pagerduty:one", "sms:alice"))
    assert (text, page) == by_others_first((page, text), Credential.PAGERDUTY)
    assert (page, text) == by_others_first((text, page), Credential.TWILIO)
    assert (page, text) == by_others_first((page, text), Credential.GENESYS)


def test_what_is_raised_is_about_the_credential() -> None:
    """Never about the trunk; and the same check says when it is well again."""
    bad = refused(Credential.GENESYS, "expired", Severity.CRITICAL, "e1", START)
    good = proven(Credential.GENESYS, "e2", START)
    assert (Verdict.BREACH, Severity.CRITICAL, "expired") == (bad.verdict, bad.severity, bad.reason)
    assert (bad.kind, bad.entity, Verdict.HEALTHY) == (good.kind, good.entity, good.verdict)
