"""Jira: strict about fields, slow to find, signed when it tells; its own library takes the simulator for it."""

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from jira import JIRA, JIRAError

from holdline.simulators.jira.desk import Oddities
from holdline.simulators.jira.simulator import Deed
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import JiraSettings, JiraTarget
from tests.simulators.receiver import Receiver

DOCUMENT = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "t"}]}]}
FIELDS = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "Trunk down", "labels": ["holdline-1"]}


class Site:
    """The issues as somebody with the right token uses them."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.http = http

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request by the account."""
        account = self.sandbox.settings.jira
        basic = base64.b64encode(f"{account.email}:{account.token}".encode()).decode()
        url = f"{self.sandbox.jira_url}/rest/api/3{path}"
        return await self.http.request(method, url, json=body, headers={"authorization": f"Basic {basic}"})

    async def create(self, **over: Any) -> httpx.Response:
        """Create an issue."""
        return await self.ask("POST", "/issue", {"fields": {**FIELDS, **over}})

    async def search(self, **over: Any) -> list[str]:
        """The keys of the issues with the label."""
        found = await self.ask("POST", "/search/jql", {"jql": 'labels = "holdline-1"', **over})
        return [each["key"] for each in found.json()["issues"]]


@pytest.fixture
def site(sandbox: Sandbox, http: httpx.AsyncClient) -> Site:
    """The issues of the sandbox."""
    sandbox.jira.target = None
    return Site(sandbox, http)


async def test_nothing_is_folded(site: Site) -> None:
    """The same request twice is two issues."""
    made = [(await site.create()).json() for _ in range(2)]
    assert [("10001", "OPS-1"), ("10002", "OPS-2")] == [(each["id"], each["key"]) for each in made]
    assert ["OPS-1", "OPS-2"] == await site.search()
    assert ["ticket.created", "ticket.created"] == [each["kind"] for each in site.sandbox.jira.ledger]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"summary": "two\nlines"}, "summary"),
        ({"summary": "x" * 256}, "summary"),
        ({"description": "plain text"}, "description"),
        ({"labels": ["with space"]}, "labels"),
        ({"priority": "High"}, "priority"),
        ({"priority": {"name": "P1"}}, "priority"),
        ({"project": {"key": "NONE"}}, "project"),
        ({"issuetype": {"name": "Bug"}}, "issuetype"),
        ({"customfield_1": "x"}, "customfield_1"),
    ],
)
async def test_a_bad_issue_is_refused(site: Site, over: dict[str, Any], field: str) -> None:
    """400 with a sentence for the field, and nothing is created."""
    answer = await site.create(**over)
    assert (400, [field]) == (answer.status_code, list(answer.json()["errors"]))
    assert {} == site.sandbox.jira.desk.issues


async def test_a_search_lags_behind(site: Site) -> None:
    """It does not know what was just created, unless it is asked for by id; without a bound it is refused."""
    await site.http.post(f"{site.sandbox.jira_url}/_sim/oddities", json={"lag": "PT1H"})
    await site.create()
    assert [] == await site.search()
    assert ["OPS-1"] == await site.search(reconcileIssues=[10001])
    site.sandbox.jira.desk.oddities = Oddities(lag=timedelta(0))
    assert ["OPS-1"] == await site.search()
    assert 400 == (await site.ask("POST", "/search/jql", {"jql": "order by created"})).status_code


async def test_a_rule_may_want_more(site: Site) -> None:
    """A validator of the project's own."""
    site.sandbox.jira.desk.oddities = Oddities(required={"customfield_10010": "Site is required."})
    assert {"customfield_10010": "Site is required."} == (await site.create()).json()["errors"]
    assert 201 == (await site.create(customfield_10010="Vienna")).status_code


async def test_what_is_closed_for_good_takes_nothing(site: Site) -> None:
    """Neither an edit nor a comment, and no way leads back; what is open takes all of it."""
    await site.create()
    site.sandbox.jira.desk.oddities = Oddities(final=True)
    tries = (("PUT", "", {"fields": {"summary": "x"}}), ("POST", "/comment", {"body": DOCUMENT}))
    asked = [[(await site.ask(method, f"/issue/OPS-1{path}", json)).status_code for method, path, json in tries]]
    site.sandbox.jira.act(Deed(issue="OPS-1", do="resolve"))
    asked += [[(await site.ask(method, f"/issue/OPS-1{path}", json)).status_code for method, path, json in tries]]
    assert [[204, 201], [400, 400]] == asked


async def test_wrong_credentials_and_too_many_requests(http: httpx.AsyncClient) -> None:
    """401 and 429, which says when to come back."""
    async with Sandbox(SandboxSettings(jira=JiraSettings(requests_per_minute=1))).running() as sandbox:
        site = Site(sandbox, http)
        wrong = await http.get(f"{sandbox.jira_url}/rest/api/3/issue/OPS-1", headers={"authorization": "Basic x"})
        answers = [await site.create() for _ in range(2)]
    assert [401, 201, 429] == [each.status_code for each in (wrong, *answers)]
    assert "5" == answers[1].headers["retry-after"]


async def test_people_are_told_by_signed_webhooks(site: Site, receiver: Receiver) -> None:
    """Each change with its items, over the raw body."""
    site.sandbox.jira.target = JiraTarget(url=receiver.url, secret="s3cret")
    await site.create(description=DOCUMENT)
    deeds = f"{site.sandbox.jira_url}/_sim/deeds"
    for do in ("assign", "start", "comment", "resolve"):
        assert 200 == (await site.http.post(deeds, json={"issue": "OPS-1", "do": do, "text": "hello"})).status_code
    posts = await receiver.at_least(5)
    await site.sandbox.jira.courier.settled()
    for post in posts:
        digest = hmac.new(b"s3cret", post.body, hashlib.sha256).hexdigest()
        assert f"sha256={digest}" == post.headers["x-hub-signature"]
    bodies = [json.loads(post.body) for post in posts]
    items = [item["field"] for each in bodies for item in each.get("changelog", {}).get("items", [])]
    assert ["assignee", "status", "status"] == sorted(items)
    assert 404 == (await site.http.post(deeds, json={"issue": "OPS-9", "do": "start"})).status_code


def story(sandbox: Sandbox) -> dict[str, Any]:
    """Create, comment, find, read, move and fail, as the vendor's own library does."""
    account = sandbox.settings.jira
    library = JIRA(
        server=sandbox.jira_url,
        basic_auth=(account.email, account.token),
        options={"rest_api_version": "3"},
        get_server_info=False,
        max_retries=0,
    )
    # What it would have asked the server's address for.
    library.deploymentType = "Cloud"
    try:
        issue = library.create_issue(fields={**FIELDS, "description": DOCUMENT})
        library.add_comment(issue, DOCUMENT)
        with pytest.raises(JIRAError) as refused:
            library.create_issue(fields={**FIELDS, "summary": ""})
        ways = {each["name"]: each["to"]["statusCategory"]["key"] for each in library.transitions(issue)}
        issue.update(fields={"summary": "Trunk up"})
        library.transition_issue(issue, "Resolve")
        done = library.issue(issue.key)
        found = library.enhanced_search_issues('labels = "holdline-1"')
        comments = len(library.comments(issue))
    finally:
        library.close()
    return {
        "created": (issue.key, issue.fields.labels),
        "refused": (refused.value.status_code, "You must specify a summary" in refused.value.text),
        "ways": ways,
        "done": (done.fields.status.name, done.fields.summary, comments),
        "found": [each.key for each in found],
    }


async def test_jiras_own_library_takes_it_for_jira(sandbox: Sandbox) -> None:
    """jira.JIRA creates, comments, edits, moves and finds, and understands a refusal."""
    assert {
        "created": ("OPS-1", ["holdline-1"]),
        "refused": (400, True),
        "ways": {"Back to To Do": "new", "Start": "indeterminate", "Resolve": "done"},
        "done": ("Done", "Trunk up", 1),
        "found": ["OPS-1"],
    } == await asyncio.to_thread(story, sandbox)
