"""`holdline deadletter`: what the gateway has not understood, looked at, tried again, given up."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from holdline.cli.household import gateway
from holdline.cli.stage import Pace, Ports, build
from holdline.domain import attributes
from holdline.domain.ticket import TicketRule
from holdline.domain.ticket_messages import WORKFLOW, Standing, TicketInput
from holdline.ports import Rejected
from holdline.settings import load
from tests.cli.console import Done, eventually, holdline, started
from tests.cli.floor import NOBODY, Floor, incident
from tests.scenarios.ticketed import marked
from tests.support.scene import SYSTEM
from tests.support.temporal import unique


class Desk:
    """A gateway beside the floor's Temporal, and whoever asks them."""

    def __init__(self, config: Path, floor: Floor) -> None:
        self.config = config
        self.floor = floor

    async def runs(self, *arguments: str, given: bytes = b"") -> Done:
        """Run a command."""
        environ = {"HOLDLINE_OPERATOR": "Olga Ött", "TEMPORAL_ADDRESS": self.floor.server.address}
        return await holdline("--config", str(self.config), *arguments, environ=environ, given=given)

    async def drifts(self, id: str) -> str:
        """Send what cannot be understood; the id of its letter."""
        body = {"event_id": id, "incident_type": "trunk_failure", "entity": f"trunk:{id}\u202e", "ani": "+447700900123"}
        await self.runs("event", "send", "--file", "-", given=json.dumps(body).encode())
        return next(str(each["id"]) for each in await self.listed() if each["id"].startswith("event:"))

    async def listed(self) -> list[dict[str, str]]:
        """Every letter."""
        found: list[dict[str, str]] = json.loads((await self.runs("deadletter", "list", "--json")).out)
        return found

    async def undelivered(self) -> str:
        """An incident whose ticket is refused; the id of its letter."""
        self.floor.outside.tickets.trouble("open", lambda: Rejected("ServiceNow", "u_site is not known"))
        trunk = await self.floor.fails(ticket=True)
        letter = await marked(self.floor.client.get_workflow_handle(incident(trunk)))

        async def known() -> bool:
            return letter in [each["id"] for each in await self.listed()]

        await eventually(known)
        return letter


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory, floor: Floor) -> AsyncIterator[Desk]:
    """A gateway of its own."""
    config = build(tmp_path_factory.mktemp("desk"), Ports.free(), Pace())
    ready = gateway(config, load(config, {})).ready
    async with started("--config", str(config), "gateway", environ={}) as process:
        await eventually(ready)
        yield Desk(config, floor)
        process.terminate()
        assert 0 == await process.wait()


async def test_a_letter_is_listed_and_shown(desk: Desk) -> None:
    """The list has why; the letter its body, without numbers and without what a terminal would act on."""
    letter = await desk.drifts("drift-1")
    listed = await desk.runs("deadletter", "list")
    assert (0, True) == (listed.code, listed.out.startswith("ID "))
    assert any(letter in each and "schema mismatch: " in each for each in listed.out.splitlines())
    shown = await desk.runs("deadletter", "show", letter)
    assert 0 == shown.code
    assert all(each in shown.out for each in ("source: own", "why: schema mismatch: ", '"ani": "[number]"'))
    assert "\u202e" not in shown.out
    in_json = json.loads((await desk.runs("deadletter", "show", letter, "--json")).out)
    assert {"id", "source", "about", "kind", "reason", "at", "body"} == set(in_json)


async def test_a_letter_is_tried_again(desk: Desk) -> None:
    """What is still not understood stays, and the answer says why."""
    letter = await desk.drifts("drift-2")
    done = await desk.runs("deadletter", "replay", letter)
    assert (0, True) == (done.code, done.out.startswith(f"{letter}: still not understood, and kept: schema mismatch: "))


async def test_a_letter_is_given_up_when_it_is_confirmed(desk: Desk) -> None:
    """Without a terminal only by --yes; what is gone cannot be given up again."""
    letter = await desk.drifts("drift-3")
    asked = await desk.runs("deadletter", "drop", letter)
    assert (2, "", True) == (asked.code, asked.out, "confirm it with --yes" in asked.err)
    done = await desk.runs("deadletter", "drop", letter, "--yes")
    assert (0, f"{letter}: dropped\n") == (done.code, done.out)
    again = await desk.runs("deadletter", "drop", letter, "--yes")
    assert (
        4,
        "Nothing was done: there is no such dead letter; it may have been replayed or dropped (HTTP 404).\n",
    ) == (
        again.code,
        again.err,
    )


async def test_a_ticket_is_delivered_when_it_is_mended(desk: Desk) -> None:
    """What its system refused is listed with the class of the failure, kept whole, and told once somebody says so."""
    letter = await desk.undelivered()
    (listed,) = [each for each in await desk.listed() if each["id"] == letter]
    assert ("servicenow", "integration") == (listed["source"], listed["kind"])
    assert "u_site is not known; it waits for `holdline deadletter replay`" in listed["reason"]
    shown = json.loads((await desk.runs("deadletter", "show", letter, "--json")).out)
    assert "trunk_failure" == json.loads(shown["body"])["facts"]["kind"]
    done = await desk.runs("deadletter", "replay", letter)
    assert (0, True) == (done.code, done.out.startswith(f"{letter}: it is delivered now"))

    async def gone() -> bool:
        return letter not in [each["id"] for each in await desk.listed()]

    await eventually(gone)
    again = await desk.runs("deadletter", "replay", letter)
    assert (4, f"{letter} is no dead letter: its ticket is KEPT.\n") == (again.code, again.err)


@pytest.mark.long
async def test_a_ticket_is_given_up(desk: Desk) -> None:
    """Whoever drops it is written down, and it is gone."""
    letter = await desk.undelivered()
    done = await desk.runs("deadletter", "drop", letter, "--yes")
    assert (0, True) == (done.code, "dropped" in done.out)
    missing = await desk.runs("deadletter", "show", letter)
    assert (4, "") == (missing.code, missing.out)


@pytest.mark.long
async def test_a_keeper_that_is_silent_hides_no_other(desk: Desk) -> None:
    """Nobody works on one of them: it is listed by its id, beside the one that answers."""
    letter, trunk = await desk.undelivered(), unique("trunk")
    order = TicketInput(incident=incident(trunk), epoch=1, event_id="e", rule=TicketRule(system=SYSTEM))
    dead = SearchAttributePair(SearchAttributeKey.for_keyword(attributes.STATE), Standing.DEAD_LETTER.value)
    shown = TypedSearchAttributes([dead])
    silent = await desk.floor.client.start_workflow(
        WORKFLOW, order, id=order.workflow_id, task_queue=NOBODY, search_attributes=shown
    )

    async def both() -> bool:
        return {letter, silent.id} <= {each["id"] for each in await desk.listed()}

    try:
        await eventually(both)
        (row,) = [each for each in await desk.listed() if each["id"] == silent.id]
        assert ("unknown", incident(trunk)) == (row["source"], row["about"])
        assert "its keeper does not answer" in row["reason"]
        asked = await desk.runs("deadletter", "show", silent.id)
        assert (8, "") == (asked.code, asked.out)
    finally:
        await silent.terminate("the test is over")
        await desk.runs("deadletter", "drop", letter, "--yes")


async def test_a_ticket_that_nobody_keeps(desk: Desk) -> None:
    """An id that was never one is a sentence."""
    done = await desk.runs("deadletter", "show", "ticket/trunk_failure/nowhere/1")
    assert (4, "There is no such dead letter; it may have been delivered or dropped.\n") == (done.code, done.err)


async def test_what_is_no_letter(desk: Desk) -> None:
    """The sentence says what an id looks like."""
    done = await desk.runs("deadletter", "show", "412")
    assert (2, "'412' is no dead letter; their ids begin with event:… or ticket/….\n") == (done.code, done.err)


async def test_a_gateway_that_is_away(desk: Desk) -> None:
    """Nobody listens: 7, and the address."""
    done = await desk.runs("deadletter", "list", "--gateway", "http://127.0.0.1:1")
    assert (7, "", True) == (
        done.code,
        done.out,
        done.err.startswith("The gateway at http://127.0.0.1:1 does not answer ("),
    )


async def test_without_a_token_nobody_is_asked(tmp_path: Path) -> None:
    """A configuration without a token ends with 3, one that the gateway does not know with 5."""
    done = await holdline("deadletter", "list", environ={"HOLDLINE_DATA_DIR": str(tmp_path)})
    assert (3, "There is no token to ask the gateway with; set gateway.secrets.operators.\n") == (done.code, done.err)


async def test_another_token_is_refused(desk: Desk) -> None:
    """And nothing is shown."""
    environ = {"HOLDLINE_GATEWAY__SECRETS__OPERATORS": "another-token-of-24-bytes-or-more"}
    done = await holdline("--config", str(desk.config), "deadletter", "list", environ=environ)
    assert (5, "") == (done.code, done.out)
