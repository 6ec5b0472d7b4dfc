"""The profile `dev` for real: an incident, an event, a stop, with containers killed in between."""

import signal
from collections import Counter

import pytest

from tests.containers.stack import GENESYS, PAGERDUTY, TWILIO, Stack, until

# Building the image takes minutes where nothing is cached.
pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]


def test_an_incident_survives_its_workers_container(stack: Stack) -> None:
    """A worker killed in the middle of a repair comes back, and the incident ends with each effect once."""
    trunk = stack.trunk()
    stack.tell(GENESYS, "faults", kind="hang", when="after", match={"method": "PUT"})
    stack.tell(GENESYS, f"world/trunks/{trunk}", connected=False, reason="the carrier is gone")
    until(lambda: [] != stack.ledger(GENESYS), f"the route is changed\n{stack.logs()}")
    stack.kill("worker")
    stack.holdline("incident", "ack", trunk, "--by", "maria", "--wait", "60s")
    until(lambda: says(stack, trunk, "Alpine Voice first"), "the change is found in force")
    stack.tell(GENESYS, f"world/trunks/{trunk}", connected=True)
    until(lambda: says(stack, trunk, "Danube Telecom first again"), "the route is put back")
    until(lambda: [] != resolved(stack, trunk), "the page is resolved")
    story = stack.story(trunk)
    assert story is not None
    assert "RESOLVED" == story["state"]
    assert "maria" == story["acknowledged_by"]
    assert [2, 3] == [entry["version"] for entry in stack.ledger(GENESYS) if entry["kind"] == "route.changed"]
    pages = [entry for entry in stack.ledger(PAGERDUTY) if trunk in entry["dedup_key"]]
    assert {1} == set(Counter((entry["kind"], entry["service"]) for entry in pages).values())
    assert {"first-line"} == {entry["service"] for entry in pages if entry["kind"] == "page.triggered"}
    assert [] == stack.ledger(TWILIO)


def test_an_event_survives_without_temporal_and_its_gateway_killed(stack: Stack) -> None:
    """An event that was accepted while Temporal was away opens its incident, though the gateway was killed too."""
    trunk = "container-journal"
    assert 0 == stack.compose("stop", "temporal").returncode
    stack.holdline("event", "send", trunk, "--severity", "high")
    stack.kill("gateway")
    assert 0 == stack.compose("start", "temporal").returncode
    stack.is_healthy("temporal")
    until(lambda: stack.story(trunk) is not None, f"the incident is open\n{stack.logs()}")


def test_a_container_has_no_more_rights_than_it_needs(stack: Stack) -> None:
    """A worker's process is nobody's root, has no capability and cannot gain one, and writes nowhere but /tmp."""
    facts = stack.compose("exec", "-T", "worker", "python3", "-c", LOOK_AROUND).stdout.split()
    assert ["10001", "0000000000000000", "0000000000000000", "1", "refused", "refused"] == facts


def test_a_worker_that_is_stopped_ends_by_itself(stack: Stack) -> None:
    """A worker that is stopped ends with exit code 0; one that was just starting ends by SIGTERM; none by SIGKILL."""
    try:
        assert 0 == stopped(stack, "worker")
        assert 0 == stack.compose("start", "worker").returncode
        assert stopped(stack, "worker") in (0, 128 + signal.SIGTERM)
    finally:
        stack.compose("start", "worker")
        stack.is_healthy("worker")


def stopped(stack: Stack, service: str) -> int:
    """Stop a service and return the exit code it left."""
    assert 0 == stack.compose("stop", service).returncode
    return int(stack.container(service)["State"]["ExitCode"])


def says(stack: Stack, trunk: str, words: str) -> bool:
    """Whether the incident's timeline has a row with these words."""
    story = stack.story(trunk)
    return story is not None and any(words in entry["text"] for entry in story["timeline"])


def resolved(stack: Stack, trunk: str) -> list[object]:
    """The pages of the trunk's incident that were resolved."""
    return [page for page in stack.ledger(PAGERDUTY) if page["kind"] == "page.resolved" and trunk in page["dedup_key"]]


LOOK_AROUND = """
import os, pathlib
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(os.getuid(), status["CapEff"], status["CapBnd"], status["NoNewPrivs"])
for place in ("/etc/holdline", "/opt/holdline"):
    try:
        pathlib.Path(place, "written").write_text("")
        print("written")
    except OSError:
        print("refused")
"""
