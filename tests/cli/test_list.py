"""`holdline incident list`: order, filters, shapes, and text from outside that stays text."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE

from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest

from holdline.cli.incident.visibility import query, quoted, rows
from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from tests.cli.console import environment
from tests.cli.floor import Floor, incident
from tests.support.temporal import unique


async def test_the_worst_and_oldest_stand_first(floor: Floor) -> None:
    """The list is sorted by severity, then by age."""
    site = unique("site")
    low = await floor.fails(Severity.LOW, site=site)
    critical = await floor.fails(Severity.CRITICAL, site=site)
    later = await floor.fails(Severity.LOW, site=site)
    done = await floor.runs("incident", "list", "--site", site, "--json")
    assert [critical, low, later] == [each["entity"] for each in json.loads(done.out)]


async def test_a_row_says_what_an_operator_asks(floor: Floor) -> None:
    """A row has severity, state, trunk, site, who was asked, who has it, age, code and what comes next."""
    site = unique("Vienna")
    trunk = await floor.fails(Severity.CRITICAL, name="Danube", site=site)
    done = await floor.runs("incident", "list", "--site", site)
    heading, row = done.lines
    assert ["SEVERITY", "STATE", "TRUNK", "SITE", "ASKED", "WHO", "HAS", "IT", "AGE", "CODE", "NEXT"] == heading.split()
    code = (await floor.story(trunk)).ack_code
    for part in ("CRITICAL", "MONITORING", "Danube", site, "tier 1", "nobody", code, "then the next tier is paged in"):
        assert part in row
    assert (0, "") == (done.code, done.err)


async def test_json_has_the_promised_names(floor: Floor) -> None:
    """Scripts rely on the names of the JSON."""
    site = unique("site")
    trunk = await floor.fails(Severity.CRITICAL, site=site)
    (row,) = json.loads((await floor.runs("incident", "list", "--site", site, "--json")).out)
    assert {
        *(
            "workflow_id",
            "run_id",
            "state",
            "severity",
            "entity",
            "label",
            "site",
            "acknowledged_by",
            "ack_code",
            "tier",
        ),
        *("epoch", "opened_at", "closed_at", "running", "over", "next_at", "next_step"),
    } == set(row)
    assert (incident(trunk), 1, True, None) == (row["workflow_id"], row["epoch"], row["running"], row["closed_at"])


async def test_closed_incidents_are_listed_on_request(floor: Floor) -> None:
    """What is closed is listed with --all only."""
    site = unique("site")
    trunk = await floor.fails(site=site)
    await floor.recovers(trunk)
    open_ones = await floor.runs("incident", "list", "--site", site)
    assert (0, "There is no such incident.\n") == (open_ones.code, open_ones.err)
    everything = await floor.runs("incident", "list", "--site", site, "--all")
    assert "RESOLVED, closed" in everything.out


async def test_a_state_filters(floor: Floor) -> None:
    """--state keeps the incidents in one of the states given."""
    site = unique("site")
    await floor.fails(site=site)
    found = await floor.runs("incident", "list", "--site", site, "--state", "monitoring", "--json")
    missing = await floor.runs("incident", "list", "--site", site, "--state", "DETECTED", "--json")
    assert (1, 0) == (len(json.loads(found.out)), len(json.loads(missing.out)))


async def test_a_site_cannot_escape_from_the_query(floor: Floor) -> None:
    """Quotes and backslashes of a site are part of its name, whatever they look like."""
    for name in ("O'Hara", "back\\", "x' OR HoldlineState = 'MONITORING", "\\' OR ''='", '" OR ""="', "%_*"):
        site = f"{unique('site')} {name}"
        trunk = await floor.fails(site=site)
        found = await rows(floor.client, query([State.MONITORING], site), site)
        assert [incident(trunk)] == [each.workflow_id for each in found]


async def test_a_site_that_is_not_there_finds_nothing(floor: Floor) -> None:
    """A query that tries to be true for everything finds nothing."""
    await floor.fails(site="Graz")
    done = await floor.runs("incident", "list", "--site", "x' OR HoldlineState = 'MONITORING", "--json")
    assert (0, []) == (done.code, json.loads(done.out))


def test_quoting_leaves_no_quote_alone() -> None:
    """Every quote and backslash is escaped."""
    assert r"'a\'b\\c'" == quoted(r"a'b\c")


async def test_markup_and_escapes_are_printed_as_text(floor: Floor) -> None:
    """A name full of markup and terminal escapes neither formats nor crashes the list."""
    site = unique("site")
    await floor.fails(name="[/red][link=https://evil]Runbook[/link]", site=site)
    done = await floor.runs("incident", "list", "--site", site)
    assert "[/red][link=https://evil]Runbook[/link]" in done.out
    assert "\x1b" not in done.out


async def test_forty_columns_are_enough(floor: Floor) -> None:
    """On a narrow terminal each incident is a few short lines, none of them cut or wider than the terminal."""
    site = unique("site")
    trunk = await floor.fails(Severity.CRITICAL, name="Danube", site=site)
    async with floor.on_terminal("incident", "list", "--site", site, columns=40) as shown:
        assert 0 == await shown.ends()
    lines = shown.seen.splitlines()
    assert 40 >= max(len(line) for line in lines)
    for part in ("CRITICAL MONITORING", (await floor.story(trunk)).ack_code, "Danube", "tier 1"):
        assert part in shown.seen


async def test_colour_is_only_for_terminals_that_want_it(floor: Floor) -> None:
    """A terminal gets colours, unless NO_COLOR is set."""
    site = unique("site")
    await floor.fails(Severity.CRITICAL, site=site)
    async with floor.on_terminal("incident", "list", "--site", site) as coloured:
        await coloured.ends()
    async with floor.on_terminal("incident", "list", "--site", site, environ={"NO_COLOR": "1"}) as plain:
        await plain.ends()
    assert "\x1b[1;37;41m" in coloured.raw
    assert "41m" not in plain.raw


async def test_a_reader_that_goes_away_is_no_error(floor: Floor) -> None:
    """`holdline incident list | true` ends quietly and successfully."""
    await floor.fails()
    pipeline = f"set -o pipefail; {sys.executable} -m holdline incident list --json | true"
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", pipeline), env=environment(floor.environ), stdin=DEVNULL, stderr=PIPE
    )
    _, complaint = await shell.communicate()
    assert (0, b"") == (shell.returncode, complaint)


async def test_an_incident_without_a_worker_is_listed(floor: Floor) -> None:
    """What Temporal itself knows is listed although no worker answers, and the row says so."""
    name = unique("Danube")
    trunk = await floor.abandoned(name)
    done = await floor.runs("incident", "list", "--state", "MONITORING")
    (row,) = [line for line in done.lines if f" {name} " in line]
    assert "no worker answers" in row
    assert trunk not in row


async def test_an_answer_that_is_late_is_not_no_worker(floor: Floor) -> None:
    """Where somebody was there a moment ago, the row says that no answer came in time, and still names the trunk."""
    name, queue = unique("Danube"), unique("busy")
    request = PollWorkflowTaskQueueRequest(namespace=floor.client.namespace, identity="busy")
    request.task_queue.name = queue
    await floor.abandoned(name, queue)
    await floor.client.workflow_service.poll_workflow_task_queue(request)
    done = await floor.runs("incident", "list", "--state", "MONITORING")
    (row,) = [line for line in done.lines if f" {name} " in line]
    assert "busy: no answer in time" in row


async def test_the_name_is_known_without_the_incident(floor: Floor) -> None:
    """What the gateway opens has the name of its trunk where the list finds it."""
    site = unique("site")
    await floor.fails(name="Danube", site=site)
    (found,) = await rows(floor.client, query(site=site))
    assert "Danube" == found.label
