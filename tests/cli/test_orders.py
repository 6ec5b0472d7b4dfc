"""`holdline incident ack`, `hold`, `resolve`, `escalate`: orders that may be repeated."""

import pytest

from holdline.cli.incident.orders import update_id
from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from holdline.domain.messages import ACKNOWLEDGE, ESCALATE, HOLD
from tests.cli.floor import Floor, incident


async def test_acknowledging_twice_is_one_acknowledgement(floor: Floor) -> None:
    """The first one takes the incident, the second one is told so and ends with 0, too."""
    trunk = await floor.fails(Severity.CRITICAL)
    first = await floor.runs("incident", "ack", trunk, "--reason", "on my way")
    again = await floor.runs("incident", "ack", trunk, "--by", "otto")
    assert (0, f"{incident(trunk)}: acknowledged by olga; no further tier is paged\n") == (first.code, first.out)
    assert 0 == again.code
    assert f"{incident(trunk)}: already acknowledged by olga at " in again.out
    assert "olga" == (await floor.story(trunk)).acknowledged_by
    assert "olga has it (cli): on my way" in [entry.text for entry in (await floor.story(trunk)).timeline]


async def test_a_hold_is_kept(floor: Floor) -> None:
    """A held incident says who holds it."""
    trunk = await floor.fails()
    assert "held by olga: automation changes nothing more" in (await floor.runs("incident", "hold", trunk)).out
    assert "olga" == (await floor.story(trunk)).held_by


async def test_resolving_ends_it(floor: Floor) -> None:
    """What a person resolves is over."""
    trunk = await floor.fails()
    done = await floor.runs("incident", "resolve", trunk, "--reason", "the carrier called")
    assert (0, f"{incident(trunk)}: resolved by olga\n") == (done.code, done.out)
    assert State.RESOLVED is (await floor.ended(trunk)).state


async def test_escalating_twice_pages_two_more_tiers(floor: Floor) -> None:
    """Each escalation is an order of its own once the one before was carried out."""
    trunk = await floor.fails(Severity.CRITICAL)
    for tier in ("second", "third"):
        done = await floor.runs("incident", "escalate", trunk)
        assert (0, f"{incident(trunk)}: the next tier is paged now\n") == (done.code, done.out)
        await floor.paged(trunk, tier)
    assert ["first", "second", "third"] == [page.tier for page in (await floor.story(trunk)).pages]


async def test_an_order_in_the_same_situation_is_the_same_order(floor: Floor) -> None:
    """A lost answer may be asked for again: the id of the order stays until something decisive happens."""
    trunk = await floor.fails(Severity.CRITICAL)
    before = await floor.story(trunk)
    assert update_id(before, ESCALATE, "olga") == update_id(await floor.story(trunk), ESCALATE, "olga")
    others = {update_id(before, verb, by) for verb in (ACKNOWLEDGE, HOLD, ESCALATE) for by in ("olga", "otto")}
    assert 6 == len(others)
    await floor.runs("incident", "escalate", trunk)
    assert update_id(before, ESCALATE, "olga") != update_id(await floor.story(trunk), ESCALATE, "olga")


@pytest.mark.parametrize("verb", ["ack", "hold", "resolve", "escalate"])
async def test_a_closed_incident_takes_no_orders(floor: Floor, verb: str) -> None:
    """The state has moved on: 9, and a sentence that says how it stands."""
    trunk = await floor.fails()
    await floor.recovers(trunk)
    done = await floor.runs("incident", verb, incident(trunk))
    assert (9, "") == (done.code, done.out)
    assert done.err.startswith(f"Nothing was changed: {incident(trunk)} is RESOLVED and closed since ")


async def test_an_incident_that_refuses_says_why(floor: Floor) -> None:
    """An escalation of what is over is refused in the incident's own words."""
    trunk = await floor.fails(linger=True)
    await floor.runs("incident", "resolve", trunk)
    done = await floor.runs("incident", "escalate", trunk)
    assert (9, "Nothing was changed: the incident is RESOLVED already.\n") == (done.code, done.err)


async def test_without_a_worker_an_order_is_not_pretended(floor: Floor) -> None:
    """When no worker answers in time, the code is 8 and the sentence says what to do."""
    trunk = await floor.abandoned()
    done = await floor.runs("incident", "ack", trunk, "--wait", "1s")
    assert (8, "") == (done.code, done.out)
    assert f"No worker answered for {incident(trunk)} within 1s." in done.err


async def test_nobody_gives_no_orders(floor: Floor) -> None:
    """An empty name is refused before anything is asked."""
    done = await floor.runs("incident", "ack", "whatever", "--by", "  ")
    assert (2, "") == (done.code, done.out)
    assert done.err.startswith("Say who you are with --by NAME or in HOLDLINE_OPERATOR.")


async def test_a_wait_needs_its_unit(floor: Floor) -> None:
    """A duration without a unit is refused with the accepted form."""
    done = await floor.runs("incident", "ack", "whatever", "--wait", "5")
    assert 2 == done.code
    assert "'5' is not a duration; write one such as '300s', '5m' or '1h30m'" in done.err
