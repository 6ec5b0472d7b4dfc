"""The holdline.toml of a rig, and what a test may choose of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from holdline.freeport import free_ports
from holdline.simulators.sandbox import Sandbox
from tests.endtoend import canaries

LADDER: Final = """
wait = "2s"
stale_after = "10m"
repeats = 0
tiers = [
  { name = "first", page = ["pagerduty:primary", "sms:alice"] },
  { name = "second", page = ["sms:alice"] },
]
"""
"""A page at once, a text two seconds later, and then nobody else."""


TICKET: Final = '{ system = "servicenow", pace = "1s", reconcile = "5s", again = ["2s"] }'
"""A ticket that is told every second, and looked at again five seconds after a doubt."""

UNLIMITED: Final = "requests_per_minute = 100000\nrequests_per_second = 10000"
"""A budget that nothing reaches."""


def _nothing(_: Sandbox, __: Path) -> str:
    return ""


@dataclass(frozen=True)
class Plan:
    """What a rig is like: its sites and queues, gate, budget at Genesys, patience, the waits of its runbook (as TOML).

    `limited` vendors refuse what is beyond their rate; `detection` may be followed by further sections. `ticket` is the
    rule by which incidents have one at ServiceNow (as TOML), nothing where they have none. `further` writes sections of
    other vendors, given the folder of the secrets. Where it is `relayed` the first worker may be cut off from Temporal.
    """

    sites: int = 1
    queues: int = 3
    gate: str = "blast_trunks = 1000"
    budget: str = UNLIMITED
    limited: bool = False
    ladder: str = LADDER
    patience: str = 'connect = "2s"\nread = "2s"\nattempt = "4s"\nrecent = "0s"'
    reading: str = "2s"
    pause: str = "1s"
    attempts: int = 10
    revert_after: str = "15m"
    linger: str = "2s"
    log_level: str = "info"
    detection: str = ""
    ticket: str = ""
    further: Callable[[Sandbox, Path], str] = _nothing
    relayed: bool = False


@dataclass(frozen=True)
class Places:
    """The addresses of one rig, chosen before anything runs so that a restarted process has the one it had."""

    folder: Path
    temporal: int
    gateway: int
    worker: int

    @property
    def url(self) -> str:
        """Where events are sent."""
        return f"http://127.0.0.1:{self.gateway}"


def choose(folder: Path) -> Places:
    """Take three free ports."""
    return Places(folder, *free_ports(3))


def write(plan: Plan, places: Places, sandbox: Sandbox) -> Path:
    """Write the secrets and the configuration that refers to them; return the configuration's path."""
    secrets = places.folder / "secrets"
    canaries.write(secrets)
    path = places.folder / "holdline.toml"
    path.write_text(
        "\n".join(
            (
                _here(plan, places),
                _vendors(plan, sandbox, secrets),
                _runbook(plan),
                plan.detection,
                plan.further(sandbox, secrets),
            )
        ),
        "utf-8",
    )
    return path


def _here(plan: Plan, places: Places) -> str:
    secrets = places.folder / "secrets"
    return f"""
data_dir = "{places.folder}/data"

[gateway]
port = {places.gateway}
public_url = "{places.url}"
coalesce = "200ms"

[gateway.secrets]
events = ["file:{secrets}/own-events"]
genesys = ["file:{secrets}/genesys-events"]
pagerduty = ["file:{secrets}/pagerduty-webhook"]
twilio = ["file:{secrets}/twilio"]
jsm = ["file:{secrets}/jsm-webhook"]

[temporal.embedded]
port = {places.temporal}
ui = false

[telemetry]
log_level = "{plan.log_level}"

[worker]
health = "127.0.0.1:{places.worker}"
graceful_shutdown = "5s"

[gate]
{plan.gate}

[http]
{plan.patience}
"""


def _vendors(plan: Plan, sandbox: Sandbox, secrets: Path) -> str:
    return f"""
[genesys]
login_url = "{sandbox.genesys_url}"
api_url = "{sandbox.genesys_url}"
client_id = "{canaries.CLIENT_ID}"
client_secret = "file:{secrets}/genesys-client"
{plan.budget}

[pagerduty]
events_url = "{sandbox.pagerduty_url}"
rest_url = "{sandbox.pagerduty_url}"
token = "file:{secrets}/pagerduty-token"
requests_per_minute = 100000
requests_per_second = 10000

[pagerduty.services]
primary = "file:{secrets}/primary"
secondary = "file:{secrets}/secondary"
manager = "file:{secrets}/manager"

[twilio]
api_url = "{sandbox.twilio_url}"
account_sid = "{sandbox.settings.twilio.account_sid}"
auth_token = "file:{secrets}/twilio"
from_number = "{canaries.SENDER}"
requests_per_minute = 100000
requests_per_second = 10000

[servicenow]
url = "{sandbox.servicenow_url}"
user = "holdline"
password = "file:{secrets}/servicenow"
requests_per_minute = 100000
requests_per_second = 10000

[contacts.alice]
phone = "file:{secrets}/alice"
"""


def _runbook(plan: Plan) -> str:
    return f"""
[runbooks.trunk_failure]
linger = "{plan.linger}"
{f"ticket = {plan.ticket}" if plan.ticket else ""}

[runbooks.trunk_failure.remediation]
attempts = {plan.attempts}
pause = "{plan.pause}"

[runbooks.trunk_failure.recovery]
confirm_after = "1s"
reading_interval = "{plan.reading}"
revert_after = "{plan.revert_after}"

[runbooks.trunk_failure.storm]
at_least = 0

[runbooks.trunk_failure.escalation]
{plan.ladder}
"""
