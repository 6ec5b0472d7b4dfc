"""What is persisted tolerates newer fields, what an operator writes does not, and a case survives its travels."""

from datetime import timedelta

import pytest
from pydantic import BaseModel, ValidationError
from temporalio.contrib.pydantic import pydantic_data_converter

from holdline.domain import messages
from holdline.domain.acknowledgement import Acknowledgement, Via
from holdline.domain.case import INBOX_LIMIT, SEEN_LIMIT, Case, ChangeRecord, PageRecord
from holdline.domain.change import ActionKind, Change, Outcome
from holdline.domain.escalation import EscalationPolicy, Ladder, Target, Tier
from holdline.domain.frozen import Frozen, Rule
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.lifecycle import State
from holdline.domain.recovery import Convalescence
from holdline.domain.runbook import Runbook
from holdline.domain.stability import Evidence
from holdline.domain.timeline import LIMIT, LONGEST, Entry, Fact, appended
from tests.domain.seen import BREACH, TRUNK, seen
from tests.domain.times import START, after

TARGET = Target.model_validate("pagerduty:one")
CHANGE = Change(
    action=ActionKind.REORDER_ROUTE,
    target="s/r",
    label="b first",
    expected=("a", "b"),
    wanted=("b", "a"),
    effect="e",
)
CASE = Case(
    workflow_id="incident/trunk_failure/trunk-a",
    kind=IncidentKind.TRUNK_FAILURE,
    entity=TRUNK,
    epoch=2,
    opening=3,
    state=State.MONITORING,
    severity=Severity.CRITICAL,
    opened_at=START,
    over_at=after(1),
    event_id="event-1",
    events=17,
    seen=["event-1", "event-2"],
    inbox=[seen(BREACH, 1, metrics={"quality": 0.1 + 0.2}, count=3, first_at=START)],
    evidence=Evidence(failures=2, failing_since=START, last_at=after(1)),
    convalescence=Convalescence(degraded_at=START, changes=(after(1), after(2, seconds=0.000001))),
    ladder=Ladder(opened_at=START, due=after(5), tier=2, round=1, pressed=True),
    acknowledgement=Acknowledgement(by="alice", via=Via.SMS, at=START, lease=timedelta(seconds=12.345678)),
    heard_from=after(3),
    pages=[PageRecord(tier=1, tier_name="one", target=TARGET, key="k", at=START, receipt="r", unsure=True)],
    changes=[ChangeRecord(change=CHANGE, inverse=CHANGE.inverse("back", "a first"), outcome=Outcome.UNKNOWN, at=START)],
    timeline=(Entry(at=START, fact=Fact.SEEN, text="no answer"),),
)
ORDER = messages.Order(
    kind=IncidentKind.TRUNK_FAILURE,
    entity=TRUNK,
    epoch=2,
    runbook=Runbook(escalation=EscalationPolicy(tiers=(Tier(name="one", page=(TARGET,)),), lease=timedelta(minutes=7))),
    case=CASE,
)


async def test_case_goes_on_as_new_unchanged() -> None:
    """The input of the next run is the state of this one, to the microsecond."""
    payloads = await pydantic_data_converter.encode([ORDER])
    (found,) = await pydantic_data_converter.decode(payloads, [messages.Order])
    assert ORDER == found
    assert CASE == found.case


def test_newer_fields_are_tolerated() -> None:
    """What a newer release wrote into a history is read by this one."""
    entry = Entry(at=START, fact=Fact.SEEN, text="x")
    assert entry == Entry.model_validate(entry.model_dump() | {"colour": "red"})
    assert CASE == Case.model_validate(CASE.model_dump() | {"mood": "calm"})


def test_unknown_settings_are_mistakes() -> None:
    """What an operator writes and nobody reads is refused."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Tier.model_validate({"name": "one", "pages": []})


@pytest.mark.parametrize("kind", [Frozen, Rule])
def test_values_do_not_change(kind: type[BaseModel]) -> None:
    """Neither kind of value can be changed, nor hold what JSON cannot carry."""
    config = kind.model_config
    assert (True, False) == (config["frozen"], config["allow_inf_nan"])


def test_new_ids_are_counted_once() -> None:
    """A repeat is admitted once, also where it stands twice in one signal."""
    case = CASE.model_copy(deep=True)
    assert 2 == case.admit(("event-2", "event-3", "event-3", "event-4"))
    assert 0 == case.admit(("event-3",))


def test_memory_is_bounded() -> None:
    """The oldest ids are forgotten first."""
    case = CASE.model_copy(deep=True)
    case.admit(tuple(f"e{n}" for n in range(SEEN_LIMIT)))
    assert (SEEN_LIMIT, 0, 1) == (len(case.seen), case.admit(("e0",)), case.admit(("event-1",)))


async def test_fullest_case_fits_into_a_payload() -> None:
    """The largest state that continue-as-new carries stays under Temporal's two megabytes."""
    wordy = seen(
        BREACH, event_id="e" * 128, source="s" * 200, reason="r" * 200, metrics={f"m{n}": 1 / 3 for n in range(32)}
    )
    fullest = CASE.model_copy(
        update={
            "seen": ["e" * 128] * SEEN_LIMIT,
            "inbox": [wordy] * INBOX_LIMIT,
            "timeline": (Entry(at=START, fact=Fact.SEEN, text="t" * LONGEST),) * LIMIT,
        }
    )
    (payload,) = await pydantic_data_converter.encode([ORDER.model_copy(update={"case": fullest})])
    assert payload.ByteSize() < 2_000_000


def test_outstanding_changes_come_last_first() -> None:
    """What is put back is what may be in force, in reverse order."""
    outcomes = [Outcome.REGISTERED, Outcome.APPLIED, Outcome.REVERTED, Outcome.LEFT, Outcome.UNKNOWN]
    changes = [CASE.changes[0].model_copy(update={"outcome": each}) for each in outcomes]
    case = CASE.model_copy(update={"changes": changes})
    expected = [Outcome.UNKNOWN, Outcome.APPLIED, Outcome.REGISTERED]
    assert expected == [each.outcome for each in case.outstanding]


def test_timeline_keeps_its_beginning_and_its_end() -> None:
    """Of a very long story the middle is dropped."""
    timeline: tuple[Entry, ...] = ()
    for number in range(3 * LIMIT):
        timeline = appended(timeline, Entry(at=START, fact=Fact.SEEN, text=str(number)))
    assert (LIMIT, "0", str(LIMIT // 2 - 1)) == (len(timeline), timeline[0].text, timeline[LIMIT // 2 - 1].text)
    assert [str(n) for n in range(3 * LIMIT - LIMIT // 2, 3 * LIMIT)] == [each.text for each in timeline[LIMIT // 2 :]]


def test_row_that_names_hundreds_is_cut() -> None:
    """A plan for many agents names each of them."""
    (row,) = appended((), Entry(at=START, fact=Fact.ASKED, text="agent; " * 5000))
    assert (LONGEST, True) == (len(row.text), row.text.endswith("…"))
