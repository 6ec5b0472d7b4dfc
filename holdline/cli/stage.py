"""A configuration made up on the spot: free ports, fresh secrets, the simulated vendors of the sandbox."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Final

from holdline.domain.duration import say
from holdline.freeport import free_ports

FILE: Final = "holdline.toml"
_ROUTING_KEY: Final = 16
_STRONG: Final = 32
# Numbers of the range that is kept for films and books.
_PHONE: Final = "+12025550143"
_SENDER: Final = "+12025550100"


@dataclass(frozen=True)
class Ports:
    """Where everything listens on this machine."""

    temporal: int
    console: int
    gateway: int
    worker: int
    genesys: int
    pagerduty: int
    twilio: int
    servicenow: int
    slack: int

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody uses now."""
        return cls(*free_ports(len(fields(cls))))


@dataclass(frozen=True)
class Pace:
    """The waits of the runbook; a demonstration shortens them."""

    wait: timedelta = timedelta(minutes=5)
    stale_after: timedelta = timedelta(minutes=15)
    confirm_after: timedelta = timedelta(seconds=30)
    reading: timedelta = timedelta(minutes=5)
    linger: timedelta = timedelta(minutes=30)
    ticket: timedelta = timedelta(minutes=1)
    finish: timedelta = timedelta(seconds=30)


def build(folder: Path, ports: Ports, pace: Pace) -> Path:
    """Write the configuration and its secrets into a folder, readable by its owner only; return the file."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / "secrets"
    kept.mkdir(exist_ok=True, mode=0o700)

    def secret(name: str, value: str | None = None) -> str:
        path = (kept / name).absolute()
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(value or secrets.token_hex(_STRONG), encoding="utf-8")
        return json.dumps(f"file:{path}")

    file = folder / FILE
    file.write_text(
        _places(folder, ports, pace.finish, secret) + _vendors(ports, secret) + _runbook(pace), encoding="utf-8"
    )
    return file


def _places(folder: Path, ports: Ports, finish: timedelta, secret: Callable[..., str]) -> str:
    return f"""\
# Written by Holdline for its sandbox: every vendor in it is simulated on this machine.
data_dir = {json.dumps(str(folder.absolute()))}

[gateway]
port = {ports.gateway}
public_url = "http://127.0.0.1:{ports.gateway}"

[gateway.secrets]
events = [{secret("events")}]
genesys = [{secret("genesys-events")}]
pagerduty = [{secret("pagerduty-webhook")}]
twilio = [{secret("twilio-token", secrets.token_hex(_ROUTING_KEY))}]
operators = [{secret("operators")}]
slack = [{secret("slack-signing")}]

[temporal.embedded]
port = {ports.temporal}
ui_port = {ports.console}

[worker]
health = "127.0.0.1:{ports.worker}"
graceful_shutdown = "{say(finish)}"
"""


def _vendors(ports: Ports, secret: Callable[..., str]) -> str:
    pagerduty = f"http://127.0.0.1:{ports.pagerduty}"
    return f"""
[genesys]
login_url = "http://127.0.0.1:{ports.genesys}"
api_url = "http://127.0.0.1:{ports.genesys}"
client_id = "3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0001"
client_secret = {secret("genesys-client")}

[pagerduty]
events_url = "{pagerduty}"
rest_url = "{pagerduty}"
token = {secret("pagerduty-token")}

[pagerduty.services]
telephony = {secret("routing-telephony", secrets.token_hex(_ROUTING_KEY))}
platform = {secret("routing-platform", secrets.token_hex(_ROUTING_KEY))}

[twilio]
api_url = "http://127.0.0.1:{ports.twilio}"
account_sid = "AC{secrets.token_hex(_ROUTING_KEY)}"
auth_token = {secret("twilio-token", secrets.token_hex(_ROUTING_KEY))}
from_number = "{_SENDER}"

[servicenow]
url = "http://127.0.0.1:{ports.servicenow}"
user = "holdline"
password = {secret("servicenow-password")}

[slack]
api_url = "http://127.0.0.1:{ports.slack}/api"
token = {secret("slack-token", f"xoxb-{secrets.token_hex(_ROUTING_KEY)}")}

[slack.rooms]
incidents = "C0INCIDENTS"

[contacts.duty-manager]
phone = {secret("duty-manager-phone", _PHONE)}
"""


def _runbook(pace: Pace) -> str:
    return f"""
[runbooks.trunk_failure]
linger = "{say(pace.linger)}"
announce = ["slack:incidents"]
ticket = {{ system = "servicenow", pace = "{say(pace.ticket)}" }}

[runbooks.trunk_failure.escalation]
tiers = [
  {{ name = "telephony on call", page = ["pagerduty:telephony"] }},
  {{ name = "platform on call", page = ["pagerduty:platform"] }},
  {{ name = "duty manager", page = ["sms:duty-manager"] }},
]
wait = "{say(pace.wait)}"
stale_after = "{say(pace.stale_after)}"

[runbooks.trunk_failure.recovery]
confirm_after = "{say(pace.confirm_after)}"
reading_interval = "{say(pace.reading)}"
"""
