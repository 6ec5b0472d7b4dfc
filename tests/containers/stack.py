"""The services of docker-compose.yml, for real, under a project name of their own and on free ports."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from tests.containers.docker import compose, inspect, run

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = f"holdline-test-{os.getpid()}"
LASTING: Final = ("temporal", "sandbox", "gateway", "worker")
PORTS: Final = ("TEMPORAL_PORT", "TEMPORAL_UI_PORT", "GATEWAY_PORT", "GENESYS_PORT", "PAGERDUTY_PORT", "TWILIO_PORT")

GENESYS: Final = 8091
PAGERDUTY: Final = 8092
TWILIO: Final = 8093

_KILL: Final = "import os, sys; os.kill(int(sys.argv[1]), 9)"


def until(true: Callable[[], bool], what: str, patience: timedelta = timedelta(minutes=3)) -> None:
    """Wait for something to become true. Raises AssertionError with `what` when the patience is over."""
    deadline = time.monotonic() + patience.total_seconds()
    while not true():
        assert time.monotonic() < deadline, f"waited {patience} in vain: {what}"
        time.sleep(0.5)


class Stack:
    """The running services, in the words of somebody who operates them."""

    def __init__(self) -> None:
        self._environ = {**os.environ, "COMPOSE_PROFILES": "dev"} | dict.fromkeys(PORTS, "0")

    def compose(self, *arguments: str, patience: float = 120) -> subprocess.CompletedProcess[str]:
        """Run Compose on this project."""
        return subprocess.run(
            (*compose(), "-p", PROJECT, *arguments),
            cwd=ROOT,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )

    def up(self) -> None:
        """Build the image, start every service, and return when all are healthy."""
        done = self.compose("up", "-d", "--build", patience=1500)
        assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-2000:]
        for service in LASTING:
            self.is_healthy(service)

    def down(self) -> None:
        """Remove everything, volumes too."""
        self.compose("down", "-v", "--remove-orphans", "-t", "5")

    def logs(self) -> str:
        """The last lines of every service."""
        return self.compose("logs", "--no-color", "--tail", "40").stdout

    def container(self, service: str) -> dict[str, Any]:
        """What docker knows of the service's container, running or not."""
        found = run("docker", "ps", "-aq", *_label("project", PROJECT), *_label("service", service)).split()
        assert 1 == len(found), f"{service} has {len(found)} containers"
        return inspect(found[0])

    def is_healthy(self, service: str) -> None:
        """Wait until the service's own health check is content."""
        until(lambda: self._health(service) == "healthy", f"{service} is healthy\n{self.logs()}")

    def kill(self, service: str) -> None:
        """SIGKILL to its process, and wait until docker has started it again.

        The signal comes from outside its container, as from the kernel out of memory: after `docker kill` the restart
        policy would take the death as wished for, and leave the container dead.
        """
        before = self.container(service)
        pid = str(before["State"]["Pid"])
        rights = ("--pid", "host", "--network", "none", "--user", "0", "--cap-drop", "ALL", "--cap-add", "KILL")
        run("docker", "run", "--rm", *rights, "--entrypoint", "python3", "holdline", "-c", _KILL, pid)
        restarts = before["RestartCount"]
        until(lambda: self.container(service)["RestartCount"] > restarts, f"{service} is started again")
        self.is_healthy(service)

    def holdline(self, *arguments: str) -> str:
        """Run our command line in the gateway's container, as an operator would; returns what it printed."""
        done = self.compose("exec", "-T", "gateway", "holdline", *arguments)
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    def story(self, trunk: str) -> dict[str, Any] | None:
        """What the trunk's incident tells, or None while there is none or nobody answers."""
        done = self.compose("exec", "-T", "gateway", "holdline", "incident", "show", trunk, "--json")
        found = json.loads(done.stdout) if 0 == done.returncode else None
        assert found is None or isinstance(found, dict)
        return found

    def ledger(self, vendor: int) -> list[dict[str, Any]]:
        """Every effect that the vendor behind this port committed."""
        found = httpx.get(self._control(vendor, "ledger")).json()
        assert isinstance(found, list)
        return found

    def tell(self, vendor: int, path: str, **fields: object) -> None:
        """Change the vendor's world, or order a fault."""
        httpx.post(self._control(vendor, path), json=fields).raise_for_status()

    def trunk(self) -> str:
        """The id of the trunk that the site's calls go out by."""
        world = httpx.get(self._control(GENESYS, "world")).json()
        return str(world["sites"][0]["trunks"][0]["id"])

    def _control(self, vendor: int, path: str) -> str:
        (place,) = self.container("sandbox")["NetworkSettings"]["Ports"][f"{vendor}/tcp"]
        return f"http://127.0.0.1:{place['HostPort']}/_sim/{path}"

    def _health(self, service: str) -> str:
        health = self.container(service)["State"].get("Health") or {}
        return str(health.get("Status"))


def _label(name: str, value: str) -> tuple[str, str]:
    return ("--filter", f"label=com.docker.compose.{name}={value}")
