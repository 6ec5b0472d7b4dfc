"""What is watched, by whose rule, and when."""

from datetime import UTC, datetime, timedelta

from holdline.domain.detection import ELSE, Bounds, Group, Plan, Source, last_tick, next_tick
from holdline.domain.entity import Entity, EntityKind

VIP = Group(name="vip", names=("VIP *",), ids=("Q-7",), every=timedelta(minutes=2), failures=2)
PLAN = Plan(
    source=Source.QUEUES, groups=(VIP, Group(name="test lines", names=("test*",), watched=False), Group(name=ELSE))
)
NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def queue(id: str, name: str = "") -> Entity:
    """A queue."""
    return Entity(kind=EntityKind.QUEUE, id=id, name=name)


def group(id: str, name: str = "") -> str | None:
    """The name of the group that a queue is judged in."""
    found = PLAN.group_of(queue(id, name))
    return found.name if found else None


def test_the_first_group_that_names_it() -> None:
    """A queue belongs to the first group with its id or its name, in any case, else to everything else."""
    assert ("vip", "vip", ELSE) == (group("q-1", "vip Vienna"), group("q-7", "Billing"), group("q-8", "Billing"))


def test_left_alone() -> None:
    """A group that is not watched keeps its entities from every other group."""
    assert group("q-9", "Test line 3") is None


def test_only_what_is_named() -> None:
    """Without a group for everything else the others are not watched."""
    assert PLAN.model_copy(update={"groups": (VIP,)}).group_of(queue("q-8")) is None


def test_what_nobody_has() -> None:
    """Ids and names that match nothing are told, each once."""
    assert ("Q-7", "test*") == PLAN.missing([queue("q-1", "VIP Vienna")])
    assert () == PLAN.missing([queue("q-7", "VIP Vienna"), queue("q-2", "TEST 1")])


def test_a_slower_group_skips_ticks() -> None:
    """A group is due when its own interval is full."""
    assert ("vip", "test lines", ELSE) == PLAN.due(NOON)
    assert ("test lines", ELSE) == PLAN.due(NOON + timedelta(minutes=1))


def test_ticks_are_on_the_minute() -> None:
    """The next tick is the next full interval, also right on one; the last one is not after now."""
    minute, late = timedelta(minutes=1), NOON + timedelta(seconds=59, milliseconds=900)
    assert NOON + minute == next_tick(late, minute) == next_tick(NOON, minute)
    assert NOON == last_tick(late, minute) == last_tick(NOON, minute)
    assert NOON + timedelta(minutes=5) == next_tick(NOON + minute, timedelta(minutes=5))


def test_permissions() -> None:
    """A plan names what its source needs; the quality of trunks needs the analytics as well."""
    trunks = Plan(source=Source.TRUNKS, groups=(Group(name=ELSE),))
    good = Group(name="good", bounds=Bounds(quality=0.85))
    assert ("telephony:plugin:all",) == trunks.permissions
    assert "analytics:conversationAggregate:view" in trunks.model_copy(update={"groups": (good,)}).permissions
    assert "routing:queue:search" in PLAN.permissions
