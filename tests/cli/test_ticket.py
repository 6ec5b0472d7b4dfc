"""`holdline ticket preview`: what a ticket would say, by the mapping of the configuration."""

import json
from pathlib import Path

from holdline.cli.incident.look import FACTS
from holdline.domain.timeline import Fact
from tests.cli.console import holdline
from tests.cli.test_config import WHOLE, written

DESK = """
[servicenow]
url = "https://example.service-now.com"
user = "holdline"
password = "env:EVENT_SECRET"
[servicenow.fields]
category = "network"
u_queue = "{queue}"
urgency = { by = "severity", CRITICAL = "1", otherwise = "3" }
"""


async def test_mapping_is_shown_filled_in(tmp_path: Path) -> None:
    """What the operator wrote lies over the defaults, and a choice follows the severity."""
    file = written(tmp_path, WHOLE + DESK)
    done = await holdline(
        "--config", file, "ticket", "preview", "--json", "--severity", "critical", environ={"EVENT_SECRET": "x"}
    )
    told = json.loads(done.out)
    assert (0, "servicenow") == (done.code, told["system"])
    wanted = {"category": "network", "u_queue": "Example queue", "urgency": "1"}
    assert wanted.items() <= told["fields"].items()
    assert ["short_description"] == list(told["minimal"])
    assert {"state": "2"} == told["reopening"]


async def test_people_read_it(tmp_path: Path) -> None:
    """Without --json it is a table, each line of a long field below the other."""
    done = await holdline("--config", written(tmp_path, WHOLE + DESK), "ticket", "preview", environ={})
    assert 0 == done.code
    assert "made up: nothing is sent" in done.lines[0]


async def test_mistake_in_the_mapping_is_found_when_it_is_read(tmp_path: Path) -> None:
    """A fact that does not exist is told with those that do, by `config check` as well."""
    file = written(tmp_path, WHOLE + DESK.replace("{queue}", "{que}"))
    for command in (("ticket", "preview"), ("config", "check")):
        done = await holdline("--config", file, *command, environ={"EVENT_SECRET": "x"})
        assert 0 != done.code
        assert "{que} is no fact" in done.err + done.out


async def test_system_that_is_not_configured(tmp_path: Path) -> None:
    """It is a sentence that names those that are."""
    done = await holdline("--config", written(tmp_path, WHOLE + DESK), "ticket", "preview", "jira", environ={})
    assert "There is no [jira] section; those configured are: servicenow." in done.err
    bare = await holdline("--config", written(tmp_path, WHOLE), "ticket", "preview", environ={})
    assert "No ticket system is configured" in bare.err


async def test_runbook_that_names_a_missing_system_is_a_mistake(tmp_path: Path) -> None:
    """A ticket that could never be opened is found before the night in which it is needed."""
    runbook = '[runbooks.trunk_failure]\nticket = "servicenow"\n'
    done = await holdline("--config", written(tmp_path, WHOLE + runbook), "config", "check", environ={})
    assert 0 != done.code
    assert "it is kept in servicenow, which has no section" in done.err + done.out


def test_every_fact_has_a_sign() -> None:
    """Whatever a timeline holds can be shown."""
    assert set(Fact) == set(FACTS)
