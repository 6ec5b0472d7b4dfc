"""Whom an incident asks at once: a channel and a ticket system, each held before the commit or after."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from holdline.domain import keys
from holdline.domain.ticket import TicketSystem
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.mail.mishap import Mishap, Stage
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.simulator import Simulator
from tests.endtoend.configuration import Plan
from tests.endtoend.incidents import workflow_id
from tests.endtoend.rig import Rig
from tests.endtoend.sender import Event

_HOLD: Final = 60.0


@dataclass(frozen=True)
class Vendor:
    """Who is asked: by which step and for what, with which request, and how the ledger calls what was done."""

    name: str
    step: str
    target: str
    simulator: Callable[[Sandbox], Simulator]
    match: Match
    kind: str

    @property
    def behind(self) -> str:
        """Who is told where this channel cannot say that it told somebody."""
        return "pagerduty:manager" if self.name == "sms" else "sms:alice"

    def hold(self, rig: Rig, event: Event, when: When) -> None:
        """Let it keep the request of an incident without an answer."""
        caller = rig.caller(event, self.step, self.target)
        fault = Fault(kind=FaultKind.HANG, when=when, seconds=_HOLD, match=self.match)
        rig.faults(self.simulator(rig.sandbox)).aim(caller, fault)

    def holds(self, rig: Rig) -> bool:
        """Whether it has everything that it is to keep."""
        return not rig.faults(self.simulator(rig.sandbox)).unused()

    def count(self, rig: Rig, event: Event) -> int:
        """How often it was done."""
        about = (event.place.primary_trunk_id, event.place.name, _key(event))
        rows = [json.dumps(row) for row in self.simulator(rig.sandbox).ledger.of(self.kind)]
        return sum(any(each in row for each in about) for row in rows)


class Postman(Vendor):
    """The mail server: it keeps one letter before it takes it, and one after that, whichever comes first."""

    def hold(self, rig: Rig, event: Event, when: When) -> None:
        """Let it keep a letter without an answer."""
        stage = Stage.DOT if when is When.BEFORE else Stage.TAKEN
        rig.sandbox.mail.mishaps.add(Mishap(stage=stage, seconds=_HOLD))

    def holds(self, rig: Rig) -> bool:
        """Whether it has a letter for each order."""
        return not rig.sandbox.mail.mishaps.listed()


def _key(event: Event) -> str:
    return keys.Incident(workflow_id(event.place), 1).ticket_key()


def _page(target: str, simulator: Callable[[Sandbox], Simulator], path: str, kind: str) -> Vendor:
    match = Match(method="POST", path=path)
    return Vendor(target.partition(":")[0], "page.tier 1.1", target, simulator, match, kind)


def _desk(system: TicketSystem, simulator: Callable[[Sandbox], Simulator], method: str, path: str) -> Vendor:
    return Vendor(system.value, "ticket", "open", simulator, Match(method=method, path=path), "ticket.created")


_SERVICENOW: Final = _desk(TicketSystem.SERVICENOW, lambda s: s.servicenow, "POST", "/api/now/v2/table/")
_SALESFORCE: Final = _desk(TicketSystem.SALESFORCE, lambda s: s.salesforce, "PATCH", "/services/data/")
_JIRA: Final = _desk(TicketSystem.JIRA, lambda s: s.jira, "POST", "/rest/api/3/issue")
_AZURE: Final = _desk(TicketSystem.AZURE_DEVOPS, lambda s: s.azure, "POST", "*workitems/*")
_MAIL: Final = Postman("email", "page.tier 1.1", "email:bob", lambda s: s.mail, Match(), "mail.taken")

PAIRS: Final = (
    (_page("pagerduty:primary", lambda s: s.pagerduty, "/v2/enqueue", "page.triggered"), _SERVICENOW),
    (_page("jsm:voice", lambda s: s.jsm, "/v2/alerts", "alert.created"), _SALESFORCE),
    (_page("sms:alice", lambda s: s.twilio, "/2010-04-01/", "sms.created"), _JIRA),
    (_page("slack:incidents", lambda s: s.slack, "/api/chat.postMessage", "slack.posted"), _AZURE),
    (_page("teams:incidents", lambda s: s.teams, "/workflows/", "teams.taken"), _SERVICENOW),
    (_MAIL, _SALESFORCE),
)
"""Every channel and every system, each in one rig at least."""


def plan(channel: Vendor, desk: Vendor) -> Plan:
    """A rig whose incidents page by the one and have their ticket at the other."""
    page = json.dumps([channel.target, channel.behind])
    return Plan(
        sites=4,
        ladder=f'wait = "30m"\nstale_after = "1h"\nrepeats = 0\ntiers = [{{ name = "first", page = {page} }}]',
        patience='connect = "3s"\nread = "9s"\nattempt = "10s"',
        ticket=f'{{ system = "{desk.name}", pace = "1s", reconcile = "5s", again = ["2s"] }}',
        further=sections,
        relayed=True,
    )


def sections(sandbox: Sandbox, secrets: Path) -> str:
    """Everybody whom the usual rig does not know."""
    flow = sandbox.settings.teams.flows[0]
    room = (
        f"{sandbox.teams_url}/workflows/{flow.id}/triggers/manual/paths/invoke"
        f"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={flow.signature}"
    )
    slack, salesforce = sandbox.settings.slack.token, sandbox.settings.salesforce.client_secret
    for name, value in {"slack": slack, "teams": room, "salesforce": salesforce}.items():
        (secrets / name).write_text(value, "utf-8")
    return _rooms(sandbox, secrets) + _trackers(sandbox, secrets)


def _rooms(sandbox: Sandbox, secrets: Path) -> str:
    return f"""
[jsm]
url = "{sandbox.jsm_url}"
teams = {{ voice = "file:{secrets}/jsm" }}

[slack]
api_url = "{sandbox.slack_url}/api"
token = "file:{secrets}/slack"
rooms = {{ incidents = "{sandbox.settings.slack.channels[0].id}" }}

[teams]
rooms = {{ incidents = "file:{secrets}/teams" }}

[email]
host = "127.0.0.1"
port = {sandbox.smtp_url.rpartition(":")[2]}
tls = "none"
from_address = "holdline@example.com"

[contacts.bob]
email = "bob@example.com"
"""


def _trackers(sandbox: Sandbox, secrets: Path) -> str:
    return f"""
[salesforce]
url = "{sandbox.salesforce_url}"
client_id = "{sandbox.settings.salesforce.client_id}"
client_secret = "file:{secrets}/salesforce"

[jira]
url = "{sandbox.jira_url}"
email = "{sandbox.settings.jira.email}"
token = "file:{secrets}/tracker"
project = "{sandbox.settings.jira.project}"

[azure_devops]
url = "{sandbox.azure_url}"
token = "file:{secrets}/tracker"
project = "{sandbox.settings.azure.project}"
closing = {{ "System.State" = "Done" }}
"""
