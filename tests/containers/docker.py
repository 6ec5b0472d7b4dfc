"""Docker as these tests use it: whether it is there, which Compose it has, and what it says of a container."""

import json
import shutil
import subprocess
from typing import Any


def run(*command: str, patience: float = 60) -> str:
    """Run a command and return what it printed; a failure carries the last of what it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
    assert 0 == done.returncode, f"{' '.join(command[:6])} …: {done.stderr[-2000:]}"
    return done.stdout


def missing() -> str | None:
    """Why there can be no containers here, or None where there can."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    if not _answers("docker", "info"):
        return "no docker daemon answers"
    return None if compose() else "there is neither `docker compose` nor `docker-compose`"


def compose() -> tuple[str, ...]:
    """The Compose that is there: the plugin, else the program of old, else nothing."""
    if _answers("docker", "compose", "version"):
        return ("docker", "compose")
    return ("docker-compose",) if shutil.which("docker-compose") else ()


def inspect(container: str) -> dict[str, Any]:
    """Everything that docker knows of a container."""
    (found,) = json.loads(run("docker", "inspect", container))
    assert isinstance(found, dict)
    return found


def _answers(*command: str) -> bool:
    return 0 == subprocess.run(command, capture_output=True, timeout=60, check=False).returncode
