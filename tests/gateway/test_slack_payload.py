"""Slack's buttons: the signature as Slack's own library makes it, who presses, and what is no press of ours."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier

from holdline.domain.acknowledgement import Via
from holdline.domain.button import Button, Pressing, button_of
from holdline.gateway import slack
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified
from holdline.gateway.presses import Press
from holdline.gateway.reading import Reading, State
from tests.gateway.events import interaction, pressed

NOW = datetime.now(UTC)
BUTTON = {"w": "incident/trunk_failure/7f3a", "e": 3, "o": 2, "t": "0123abcd"}
USERS = {"UALICE": "alice"}


class Standing(Clock):  # type: ignore[misc]
    """A clock that stands."""

    def now(self) -> float:
        """The same instant each time."""
        return NOW.timestamp()


def verified(body: bytes, moment: str, signature: str, *secrets: bytes) -> Verified | Refused:
    """Verify a request with these headers."""
    headers = [(b"x-slack-request-timestamp", moment.encode()), (b"x-slack-signature", signature.encode())]
    return slack.verify(Delivery(body, headers), secrets, NOW)


@given(body=st.text(max_size=80), age=st.integers(-900, 900), secret=st.sampled_from(["live", "other"]))
def test_what_slacks_own_library_accepts_is_accepted(body: str, age: int, secret: str) -> None:
    """And nothing else: any body, five minutes each way, one of two live secrets."""
    moment = str(int(NOW.timestamp()) - age)
    signature = str(SignatureVerifier(secret).generate_signature(timestamp=moment, body=body))
    theirs = SignatureVerifier("live", Standing()).is_valid(body, moment, signature)
    assert theirs is isinstance(verified(body.encode(), moment, signature, b"next", b"live"), Verified)


@pytest.mark.parametrize(
    ("moment", "signature", "why"),
    [
        ("", "v0=00", Refusal.MALFORMED),
        ("soon", "v0=00", Refusal.MALFORMED),
        ("9" * 12, "v0=00", Refusal.MALFORMED),
        ("0", "v0=00", Refusal.FORGED),
        ("0", "", Refusal.FORGED),
    ],
)
def test_another_signature_is_refused(moment: str, signature: str, why: Refusal) -> None:
    """Forged or malformed; and without headers or secrets."""
    assert Refused(why) == verified(b"", moment, signature, b"live")
    assert Refused(Refusal.CLOSED) == verified(b"", "0", "v0=00")
    assert Refused(Refusal.UNSIGNED) == slack.verify(Delivery(b"", ()), (b"live",), NOW)


def read(payload: Any, heard: list[tuple[str, str]] | None = None, bursts: slack.Bursts | None = None) -> Reading:
    """Read an interaction that is verified; Alice is our only operator."""
    said = [] if heard is None else heard
    return slack.read(
        Delivery(interaction(payload), ()), NOW, USERS, lambda *what: said.append(what), bursts or slack.Bursts()
    )


@pytest.mark.parametrize("verb", list(Button))
def test_a_press_of_an_operator_is_an_order(verb: Button) -> None:
    """About the workflow, the epoch and the opening of the button, by the name in the configuration."""
    heard: list[tuple[str, str]] = []
    sent = pressed(verb, BUTTON)
    reading = read(sent, heard)
    mark = f"0123abcd {sent['actions'][0]['action_ts']}"
    expected = Press(verb=verb, by="alice", via=Via.SLACK, workflow_id=BUTTON["w"], epoch=3, opening=2, mark=mark)
    assert expected == Press.model_validate_json(reading.item)
    assert f"press/{BUTTON['w']}" == reading.lane
    assert [(reading.event_id, "https://hooks.slack.com/actions/T01/1/secret")] == heard
    assert "secret" not in reading.item


def test_a_decision_names_its_plan() -> None:
    """Only the button that was shown with a plan does; it carries the proposal and the digest."""
    press = Press.model_validate_json(read(pressed("approve", BUTTON | {"p": "plan 1"})).item)
    assert ("plan 1", "0123abcd") == (press.proposal, press.digest)
    assert "" == Press.model_validate_json(read(pressed("hold", BUTTON | {"p": "plan 1"})).item).proposal


def at(payload: Any, after: float) -> Any:
    """The same press some seconds after an instant of these tests."""
    return payload | {"actions": [payload["actions"][0] | {"action_ts": f"{1763748000 + after:.6f}"}]}


def test_an_impatient_finger_orders_once() -> None:
    """What is repeated in transport has the same id; presses within half a minute are one order."""
    first, second = at(pressed("escalate", BUTTON), 0), at(pressed("escalate", BUTTON), 29)
    assert read(first).event_id == read(first).event_id != read(second).event_id
    bursts = slack.Bursts()
    orders = [
        Press.model_validate_json(read(each, bursts=bursts).item).update_id
        for each in (
            first,
            second,
            first,
            at(pressed("escalate", BUTTON | {"t": "another"}), 1),
            at(pressed("hold", BUTTON), 1),
            at(pressed("escalate", BUTTON), 31),
        )
    ]
    assert 1 == len(set(orders[:3]))
    assert 4 == len(set(orders))


def test_many_buttons_are_forgotten() -> None:
    """The memory for bursts has an end."""
    bursts = slack.Bursts()
    for number in range(5000):
        bursts.moment((str(number),), 1.0)
    assert ["1.000000", "2.000000"] == [bursts.moment((str(each),), 2.0) for each in (4999, 0)]


def test_a_stranger_presses_for_nothing() -> None:
    """Authentic, and still nobody of ours: the signature proves Slack, not the person."""
    reading = read(pressed("acknowledge", BUTTON, user="UMALLORY"))
    assert (State.DROPPED, slack.STRANGER, "") == (reading.state, reading.reason, reading.item)


@pytest.mark.parametrize(
    "payload",
    [
        pressed("resolve", BUTTON),
        pressed("acknowledge", BUTTON) | {"actions": [{"action_id": "other.app", "action_ts": "1.1", "value": "x"}]},
        pressed("acknowledge", BUTTON) | {"type": "view_submission"},
        {"type": "shortcut"},
    ],
)
def test_other_interactions_are_dropped(payload: Any) -> None:
    """The app may have more to it than our buttons."""
    assert (State.DROPPED, slack.NOT_OURS) == (read(payload).state, read(payload).reason)


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("w", pressed("hold", BUTTON | {"w": ""})),
        ("e", pressed("hold", BUTTON | {"e": 0})),
        ("e", pressed("hold", {"w": BUTTON["w"]})),
        ("user", pressed("hold", BUTTON) | {"user": None}),
        ("actions", pressed("hold", BUTTON) | {"actions": []}),
        ("type", pressed("hold", BUTTON) | {"type": None, "actions": None}),
    ],
)
def test_drift_goes_to_review(path: str, payload: Any) -> None:
    """S4.6: a press that cannot be read is put aside, and nothing is done."""
    assert State.QUARANTINED is read(payload).state
    assert path in read(payload).reason or path == "type"


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=1", b"payload={}&payload={}", b"\xff", b"a=1"])
def test_what_is_no_interaction_goes_to_review(body: bytes) -> None:
    """Also then."""
    assert State.QUARANTINED is slack.read(Delivery(body, ()), NOW, USERS, lambda *_: None, slack.Bursts()).state


@given(header=st.binary(max_size=80), body=st.binary(max_size=80))
def test_the_check_never_raises(header: bytes, body: bytes) -> None:
    """Whatever a stranger sends, the answer is a refusal."""
    headers = [(b"x-slack-signature", header), (b"x-slack-request-timestamp", header)]
    assert isinstance(slack.verify(Delivery(body, headers), [b"a secret nobody has"], NOW), Refused)


def test_what_a_button_carries() -> None:
    """The agreed form: compact, by one letter each, and nothing that is a default."""
    assert '{"w":"incident/trunk_failure/7f3a","e":3,"o":2,"t":"0123abcd"}' == Pressing.model_validate(BUTTON).written()
    assert BUTTON == json.loads(Pressing.model_validate(BUTTON).written())
    assert [Button.HOLD, None, None] == [button_of(each) for each in ("holdline.hold", "hold", "holdline.lunch")]


def test_an_update_id_is_one_of_everything_that_is_said() -> None:
    """Each part changes it, and it is no secret."""
    base = Press(verb=Button.HOLD, by="alice", via=Via.SLACK, workflow_id="w", epoch=1, opening=1)
    others = [
        base.model_copy(update=each)
        for each in (
            {"verb": Button.ESCALATE},
            {"by": "bob"},
            {"workflow_id": "v"},
            {"epoch": 2},
            {"opening": 2},
            {"mark": "m"},
            {"proposal": "p"},
            {"digest": "d"},
        )
    ]
    assert 9 == len({base.update_id, *(each.update_id for each in others)})
    assert 32 == len(base.update_id) < len(hashlib.sha256(b"").hexdigest())
