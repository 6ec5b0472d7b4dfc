"""The libraries of the vendors of ticket systems take the simulators for the vendors."""

import asyncio
import ssl
from contextlib import closing
from pathlib import Path
from typing import Any

import pysnc
import pytest
import requests
from pysnc.auth import ServiceNowClientCredentialsFlow
from pysnc.exceptions import AuthenticationException, InsertException, RoleException
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from holdline.simulators.salesforce.oddities import Oddities as SalesforceOddities
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.servicenow.oddities import Oddities

KEY = "holdline/queue_overflow/5f3c0e6a/1"


@pytest.fixture
def trusting(secured: tuple[Sandbox, ssl.SSLContext], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind TLS; `requests`, which these libraries use, trusts it by its variable before all else."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    return secured[0]


def servicenow_story(sandbox: Sandbox) -> dict[str, Any]:
    """Insert an incident, find it by its correlation id, add a note, resolve it, and be refused by a rule."""
    known = sandbox.settings.servicenow
    client = pysnc.ServiceNowClient(sandbox.servicenow_url, (known.user, known.password))
    with closing(client.session):
        record = client.GlideRecord("incident")
        record.initialize()
        record.short_description, record.correlation_id = "Sales waits", KEY
        id = record.insert()
        found = client.GlideRecord("incident")
        found.add_query("correlation_id", KEY)
        found.query()
        assert found.next()
        found.work_notes = "Maria Huber has it."
        found.update()
        again = client.GlideRecord("incident")
        again.get(id)
        again.state, again.close_code, again.close_notes = "6", "Solution provided", "Recovered."
        again.update()
        sandbox.servicenow.oddities = Oddities(business_rule="Require a group")
        refused = client.GlideRecord("incident")
        refused.initialize()
        refused.short_description = "Sales waits"
        with pytest.raises((InsertException, RoleException)) as rule:
            refused.insert()
    return {
        "count": found.get_row_count(),
        "id": found.sys_id == id,
        "number": found.get_value("number"),
        "state": (found.get_value("state"), again.get_display_value("state")),
        "notes": "Maria Huber has it." in again.get_display_value("work_notes"),
        "rule": "aborted by Business Rule" in str(rule.value),
    }


async def test_pysnc(trusting: Sandbox) -> None:
    """ServiceNow's own client inserts, finds, notes and resolves over TLS, and understands a refusal."""
    told = await asyncio.to_thread(servicenow_story, trusting)
    assert {
        "count": 1,
        "id": True,
        "number": "INC0000001",
        "state": ("1", "Resolved"),
        "notes": True,
        "rule": True,
    } == told
    kinds = [entry["kind"] for entry in trusting.servicenow.ledger]
    assert ["ticket.created", "ticket.commented", "ticket.closed"] == kinds


def login_story(sandbox: Sandbox, secret: str) -> int:
    """Log in by client credentials and count incidents."""
    flow = ServiceNowClientCredentialsFlow(sandbox.settings.servicenow.client_id, secret)
    client = pysnc.ServiceNowClient(sandbox.servicenow_url, flow)
    with closing(client.session):
        record = client.GlideRecord("incident")
        record.query()
        return int(record.get_row_count())


async def test_pysnc_client_credentials(trusting: Sandbox) -> None:
    """Its client-credentials flow gets a token here, and none with a wrong secret."""
    right = trusting.settings.servicenow.client_secret
    assert 0 == await asyncio.to_thread(login_story, trusting, right)
    with pytest.raises(AuthenticationException):
        await asyncio.to_thread(login_story, trusting, "wrong")


def salesforce_story(sandbox: Sandbox, token: str) -> dict[str, Any]:
    """Upsert twice, find, comment, close, and be refused by a rule."""
    with requests.Session() as session:
        client = Salesforce(session_id=token, instance_url=sandbox.salesforce_url, session=session)
        path = "Holdline_Key__c/holdline:1"
        answers = [client.Case.upsert(path, {"Subject": "Sales waits"}, raw_response=True) for _ in range(2)]
        id = answers[0].json()["id"]
        (found,) = client.query("SELECT Id, CaseNumber, IsClosed, Owner.Name FROM Case WHERE Subject = 'Sales waits'")[
            "records"
        ]
        client.CaseComment.create({"ParentId": id, "CommentBody": "Maria Huber has it."})
        changed = client.Case.update(id, {"Status": "Closed"})
        sandbox.salesforce.oddities = SalesforceOddities(validation_rule="A site is needed.")
        with pytest.raises(SalesforceMalformedRequest) as rule:
            client.Case.create({"Subject": "Sales waits"})
        usage = client.api_usage
        number = client.Case.get(id)["CaseNumber"]
    return {
        "upserts": [(each.status_code, each.json()["created"]) for each in answers],
        "found": (found["Id"] == id, found["CaseNumber"] == number, found["IsClosed"], found["Owner"]["Name"]),
        "changed": changed,
        "rule": rule.value.content[0]["errorCode"],
        "usage": "api-usage" in usage,
    }


async def test_simple_salesforce(trusting: Sandbox) -> None:
    """simple-salesforce upserts, queries, comments and closes over TLS, and understands a refusal."""
    known, login = trusting.settings.salesforce, f"{trusting.salesforce_url}/services/oauth2/token"
    form = {"grant_type": "client_credentials"}

    def granted() -> str:
        answer = requests.post(login, data=form, auth=(known.client_id, known.client_secret), timeout=5)
        return str(answer.json()["access_token"])

    told = await asyncio.to_thread(salesforce_story, trusting, await asyncio.to_thread(granted))
    assert {
        "upserts": [(201, True), (200, False)],
        "found": (True, True, False, "Telephony"),
        "changed": 204,
        "rule": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "usage": True,
    } == told
    assert ["ticket.created", "ticket.commented", "ticket.closed"] == [e["kind"] for e in trusting.salesforce.ledger]
