"""`holdline incident show`: the story in sentences, and the name that means one incident."""

import json
from urllib.parse import quote

from holdline.domain.incident import Severity
from holdline.domain.messages import Snapshot
from holdline.domain.storm import about
from tests.cli.floor import Floor, incident


async def test_it_tells_what_happened_and_what_comes_next(floor: Floor) -> None:
    """The story has every row of the timeline, who was asked, and the next step with its time."""
    trunk = await floor.fails(Severity.CRITICAL, name="Danube", site="Vienna", reason="no answer to OPTIONS")
    done = await floor.runs("incident", "show", trunk)
    assert (0, "") == (done.code, done.err)
    assert ["CRITICAL", "MONITORING", "Danube", "Vienna"] == done.lines[0].split()
    for entry in (await floor.story(trunk)).timeline:
        assert entry.text in done.out
    for part in ("no answer to OPTIONS", "pagerduty:one", "then the next tier is paged (in ", "0 of 3 attempts"):
        assert part in done.out


async def test_it_names_the_page_of_the_temporal_ui(floor: Floor) -> None:
    """The address of the run in the Temporal UI is shown."""
    trunk = await floor.fails()
    done = await floor.runs("incident", "show", trunk)
    assert f"{floor.server.ui_url}/namespaces/default/workflows/{quote(incident(trunk), safe='')}/" in done.out


async def test_json_is_the_whole_snapshot(floor: Floor) -> None:
    """The JSON is the incident's own snapshot with its run, and whether it runs."""
    trunk = await floor.fails()
    shown = json.loads((await floor.runs("incident", "show", trunk, "--json")).out)
    assert await floor.story(trunk) == Snapshot.model_validate(shown)
    assert {"run_id", "running", "url"} == set(shown) - set(Snapshot.model_fields)


async def test_a_closed_incident_tells_its_story_without_a_worker(floor: Floor) -> None:
    """What is closed is read from its result."""
    trunk = await floor.fails()
    await floor.recovers(trunk)
    done = await floor.runs("incident", "show", incident(trunk))
    assert 0 == done.code
    assert "RESOLVED: 2 healthy observations in a row" in done.out
    assert "\nclosed " in done.out


async def test_a_code_names_an_incident(floor: Floor) -> None:
    """The code of a page names the incident, in small letters too."""
    trunk = await floor.fails()
    code = (await floor.story(trunk)).ack_code
    assert incident(trunk) in (await floor.runs("incident", "show", code.lower())).out


async def test_an_unknown_name_gets_suggestions(floor: Floor) -> None:
    """A name that means nothing ends with 4 and the names that look like it."""
    trunk = await floor.fails()
    done = await floor.runs("incident", "show", trunk.replace("trunk", "trukn"))
    assert (4, "") == (done.code, done.out)
    assert done.err.startswith("There is no incident 'trukn-")
    assert "Did you mean trunk-" in done.err


async def test_a_part_of_several_names_none(floor: Floor) -> None:
    """A part that fits several incidents ends with 2 and lists them with their codes."""
    trunk = await floor.fails()
    await floor.fails()
    done = await floor.runs("incident", "show", "trunk_failure")
    assert 2 == done.code
    assert "give more of one of these, or its code:" in done.err
    assert trunk.rpartition("-")[0] in done.err


async def test_without_a_worker_the_list_answers(floor: Floor) -> None:
    """When no worker answers, what Temporal knows is shown, and the code is 8."""
    trunk = await floor.abandoned()
    done = await floor.runs("incident", "show", trunk)
    assert 8 == done.code
    assert incident(trunk) in done.out
    assert "HIGH" in done.out
    assert done.err.startswith("No worker answers;")


async def test_an_incident_that_was_terminated_says_so(floor: Floor) -> None:
    """A run that somebody terminated has no story; the sentence says how it ended."""
    trunk = await floor.abandoned()
    await floor.client.get_workflow_handle(incident(trunk)).terminate("by hand")
    done = await floor.runs("incident", "show", incident(trunk))
    assert (9, "The run was terminated and has left no story.\n") == (done.code, done.err)


async def test_text_from_outside_is_printed_as_text(floor: Floor) -> None:
    """Markup, escapes and tricks with the writing direction in names and reasons stay text."""
    trunk = await floor.fails(
        Severity.CRITICAL, name="[blink]Danube[/blink]", reason="[/red] \x1b]0;owned\x07 \u202egnihton :fire:"
    )
    done = await floor.runs("incident", "show", trunk)
    assert 0 == done.code
    assert "[blink]Danube[/blink]" in done.out
    assert "[/red] ]0;owned gnihton :fire:" in done.out
    assert not {"\x1b", "\x07", "\u202e"} & set(done.out)


async def test_a_shell_completes_names(floor: Floor) -> None:
    """The shell is offered the trunks of the open incidents, and nothing where Temporal is away."""
    trunk = await floor.fails(Severity.HIGH)
    asked = {"_HOLDLINE_COMPLETE": "zsh_complete", "COMP_WORDS": f"holdline incident show {trunk}", "COMP_CWORD": "3"}
    assert ["plain", trunk, "HIGH MONITORING"] == (await floor.runs(environ=asked)).lines[:3]
    away = await floor.runs(environ=asked | {"TEMPORAL_ADDRESS": "127.0.0.1:1"})
    assert ("", "") == (away.out.strip(), away.err)


async def test_a_storm_lists_its_members(floor: Floor) -> None:
    """The parent of many says how many there are and names them; a member says who pages for it."""
    site, trunks = await floor.storms("Danube 1", "Danube 2")
    parent = about(site).id
    done = await floor.runs("incident", "show", parent)
    assert 0 == done.code
    for part in (f"2 trunk failures of site {site}", "Members", "Danube 1", "Danube 2", "each member by itself"):
        assert part in done.out
    member = await floor.runs("incident", "show", trunks[0])
    assert f"{parent} pages for it" in member.out
    for trunk in trunks:
        await floor.recovers(trunk)
