"""What the container files promise, read from the files alone."""

import os
import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from holdline.cli.main import PLACES
from holdline.domain.duration import parse_duration
from holdline.settings import load
from holdline.settings.leaves import secrets

ROOT: Final = Path(__file__).parents[2]
DEV: Final = ROOT / "deploy" / "dev"
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
ROLES: Final = {"temporal", "sandbox", "gateway", "worker"}
LONG_LITERAL: Final = re.compile(r"[0-9A-Za-z]{24,}")


def instructions(name: str) -> list[str]:
    """The arguments of each such instruction of the Dockerfile, continued lines joined."""
    lines = DOCKERFILE.replace("\\\n", " ").splitlines()
    return [" ".join(line.split()[1:]) for line in lines if line.split()[:1] == [name]]


def test_there_is_a_service_for_each_role() -> None:
    """The profile runs one container per role, each by a command that the command line has."""
    assert ROLES | {"init"} == set(SERVICES)
    assert ROLES == {SERVICES[role]["command"][0] for role in ROLES}
    assert set(PLACES) >= ROLES


def test_every_service_is_our_image_in_the_profile() -> None:
    """One image, never fetched, plays every role, and nothing starts unless the profile is named."""
    assert {"holdline"} == {each["image"] for each in SERVICES.values()}
    assert {"never"} == {each["pull_policy"] for each in SERVICES.values()}
    assert {("dev",)} == {tuple(each["profiles"]) for each in SERVICES.values()}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_confined(name: str) -> None:
    """A container is not root, cannot become it, has a read-only root, and limits on memory and processes."""
    service = SERVICES[name]
    assert "10001:10001" == service["user"]
    assert service["read_only"] is True
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert {"mem_limit", "pids_limit"} <= set(service)
    assert set() == {"privileged", "cap_add", "devices", "pid", "ipc"} & set(service)


def test_ports_are_published_on_this_machine_only() -> None:
    """No port listens beyond the machine, and each can be moved by a variable."""
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert 6 == len(published)
    assert [] == [port for port in published if not re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-(\d+)\}:\1", port)]


def test_what_lasts_comes_back_and_is_watched() -> None:
    """Every role is started again when it dies and has a health check of its own; `init` runs once."""
    assert "no" == SERVICES["init"]["restart"]
    assert {"unless-stopped"} == {SERVICES[role]["restart"] for role in ROLES}
    assert {"CMD"} == {SERVICES[role]["healthcheck"]["test"][0] for role in ROLES}
    assert {"healthcheck", "temporal"} == {SERVICES[role]["healthcheck"]["test"][1] for role in ROLES}


def test_a_worker_is_given_time_to_end() -> None:
    """A worker hears SIGTERM from its first moment, and Compose waits longer for it than it waits for its calls."""
    assert {True} == {SERVICES[role]["init"] for role in ROLES}
    grace = parse_duration(SERVICES["worker"]["stop_grace_period"])
    assert load(DEV / "holdline.toml", {}).worker.graceful_shutdown + timedelta(seconds=10) <= grace


def test_only_data_and_secrets_are_written() -> None:
    """A service writes to its own volume at most; configuration and secrets are read-only for all but `init`."""
    writable = {(name, volume) for name in SERVICES for volume in SERVICES[name]["volumes"] if ":ro" not in volume}
    expected = {
        ("init", "secrets:/etc/holdline/secrets"),
        ("temporal", "temporal:/var/lib/holdline"),
        ("gateway", "gateway:/var/lib/holdline"),
    }
    assert expected == writable


def test_no_secret_is_in_the_files() -> None:
    """Neither file nor environment of the profile has anything that looks like a secret."""
    files = [ROOT / "docker-compose.yml", ROOT / "Dockerfile", *DEV.iterdir()]
    found = [literal for file in files if file.is_file() for literal in LONG_LITERAL.findall(file.read_text("utf-8"))]
    assert {"AC00000000000000000000000000000000"} == set(found)
    assert {frozenset(("HOLDLINE_CONFIG", "TEMPORAL_ADDRESS"))} == {
        frozenset(s["environment"]) for s in SERVICES.values()
    }


def test_init_makes_every_secret_that_the_configuration_refers_to(tmp_path: Path) -> None:
    """Each secret is made once, of the length its vendor wants, for its owner's eyes only; made again, it stays."""
    before = made(tmp_path)
    named = {str(secret).rpartition("/")[2] for _, secret in secrets(load(DEV / "holdline.toml", {}))}
    assert named == set(before)
    assert {32} == {len(value) for name, value in before.items() if name != "duty-phone"}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert before == made(tmp_path)


def made(directory: Path) -> dict[str, str]:
    """Run what `init` runs, on this directory."""
    command = (sys.executable, str(DEV / "make_secrets.py"), str(directory))
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return {path.name: path.read_text("utf-8") for path in directory.iterdir()}


def test_the_image_is_built_from_the_lock() -> None:
    """Every package is installed by its hash or from the checkout, and nothing is compiled."""
    installs = [line for line in instructions("RUN") if " install " in line and "pip" in line]
    assert 2 == len(installs)
    assert "--require-hashes --only-binary :all: -r /src/requirements/runtime.txt" in installs[0]
    assert "--no-index --no-deps --no-build-isolation /src" in installs[1]


def test_the_image_names_no_registry_and_bakes_in_no_address() -> None:
    """The base can be replaced, an argument has no default, and no host is named."""
    assert {"${PYTHON_IMAGE:-python:3.11-slim-bookworm}"} == {line.split(" AS ")[0] for line in instructions("FROM")}
    assert [] == [name for name in instructions("ARG") if "=" in name]
    assert "//" not in DOCKERFILE


def test_the_image_is_not_root() -> None:
    """The last user is a number that is not root's, and the entry point is our command."""
    assert ["10001:10001"] == instructions("USER")
    assert ['["holdline"]'] == instructions("ENTRYPOINT")
    assert os.access(ROOT / "deploy" / "image" / "healthcheck", os.X_OK)


def test_the_image_has_every_package_of_the_project() -> None:
    """What the wheel is made of is copied, and let through by .dockerignore."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {f"{name} /src/{name}" for name in packages} <= set(instructions("COPY"))
    assert {f"!{name}" for name in packages} <= set(ignored)
    assert "*" in ignored
