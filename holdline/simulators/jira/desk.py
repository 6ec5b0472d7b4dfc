"""The issues of the site, and what its rules make of a request."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import Field

from holdline.simulators.clock import millis, now
from holdline.simulators.jira.errors import JiraError
from holdline.simulators.jira.issue import Issue, Person, ways
from holdline.simulators.ledger import Ledger
from holdline.simulators.settings import Frozen, JiraSettings

KNOWN = frozenset({"project", "issuetype", "summary", "description", "environment", "labels", "priority", "components"})
LONGEST_SUMMARY = 255
FIRST = 10_000

Announce = Callable[[str, Issue, Person, dict[str, Any]], None]
"""Told the event, the issue, who did it, and what else belongs to the event."""


class Oddities(Frozen):
    """How this site differs from the plain one.

    Searches find an issue when `lag` has passed since it was created; `required` are fields that a rule wants,
    `dead_end` a workflow without a way to a done status, `final` one without a way back from there, whose issues take
    neither an edit nor a comment. `forbidden` is a project in which the account may not write.
    """

    lag: timedelta = timedelta(0)
    required: dict[str, str] = Field(default_factory=dict)
    dead_end: bool = False
    final: bool = False
    forbidden: bool = False


class Desk:
    """Every change is committed to the ledger and announced, in that order."""

    def __init__(self, settings: JiraSettings, ledger: Ledger, announce: Announce) -> None:
        self._settings = settings
        self._ledger = ledger
        self._announce = announce
        self.issues: dict[str, Issue] = {}
        self.oddities = Oddities()

    def create(self, fields: dict[str, Any], by: Person, caller: str | None) -> Issue:
        """Create an issue. Raises JiraError 400 with the fields that are wrong."""
        self._permitted()
        self._check(fields, new=True)
        number = len(self.issues) + 1
        issue = Issue(str(FIRST + number), f"{fields['project']['key']}-{number}", fields, now(), by)
        self.issues[issue.id] = issue
        self._commit("ticket.created", issue, by, caller, summary=fields["summary"], labels=fields.get("labels", []))
        self._announce("jira:issue_created", issue, by, {})
        return issue

    def edit(self, issue: Issue, fields: dict[str, Any], by: Person, caller: str | None) -> None:
        """Write fields. Raises JiraError 400."""
        self._permitted()
        self._writable(issue)
        self._check(fields, new=False)
        issue.fields = issue.fields | fields
        self._commit("ticket.updated", issue, by, caller, fields=sorted(fields))
        items = [{"field": name, "to": None, "toString": str(value)} for name, value in fields.items()]
        self._announce("jira:issue_updated", issue, by, {"changelog": {"items": items}})

    def comment(self, issue: Issue, body: Any, by: Person, caller: str | None = None) -> dict[str, Any]:
        """Add a comment. Raises JiraError 400 where its body is no document, or the issue takes none."""
        self._writable(issue)
        check_document("comment", body)
        comment = {"id": str(len(issue.comments) + 1), "author": by.resource(), "body": body, "created": millis(now())}
        issue.comments.append(comment)
        self._commit("ticket.commented", issue, by, caller, text=plain(body))
        self._announce("comment_created", issue, by, {"comment": comment})
        return comment

    def move(self, issue: Issue, way: str, by: Person, caller: str | None = None) -> None:
        """Take a transition. Raises JiraError 400 where there is none."""
        known = {each["id"]: each["to"]["name"] for each in self.ways(issue)}
        if way not in known:
            raise JiraError(400, ["It seems that you have tried to perform a workflow operation that is not valid."])
        was, issue.status = issue.done, known[way]
        kind = "ticket.closed" if issue.done else "ticket.reopened" if was else "ticket.moved"
        self._commit(kind, issue, by, caller, status=issue.status)
        item = {"field": "status", "to": way, "toString": issue.status}
        self._announce("jira:issue_updated", issue, by, {"changelog": {"items": [item]}})

    def ways(self, issue: Issue) -> list[dict[str, Any]]:
        """The transitions that an issue may take."""
        return [] if self.oddities.final and issue.done else ways(self.oddities.dead_end)

    def assign(self, issue: Issue, to: Person, by: Person) -> None:
        """Give it to somebody."""
        issue.assignee = to
        self._commit("ticket.assigned", issue, by, None, to=to.name)
        item = {"field": "assignee", "to": to.id, "toString": to.name}
        self._announce("jira:issue_updated", issue, by, {"changelog": {"items": [item]}})

    def found(self, label: str, sure: list[int]) -> list[Issue]:
        """The issues with a label that the index knows, and those that are asked for by id."""
        known = now() - self.oddities.lag
        fresh = [each for each in self.issues.values() if each.created <= known or int(each.id) in sure]
        return [each for each in fresh if label in each.fields.get("labels", [])]

    def named(self, name: str) -> Issue:
        """The issue with an id or a key. Raises JiraError 404."""
        found = next((each for each in self.issues.values() if name in (each.id, each.key)), None)
        if found is None:
            raise JiraError(404)
        return found

    def _writable(self, issue: Issue) -> None:
        if self.oddities.final and issue.done:
            raise JiraError(400, ["The issue is closed and cannot be changed any more."])

    def _permitted(self) -> None:
        if self.oddities.forbidden:
            raise JiraError(403)

    def _check(self, fields: dict[str, Any], *, new: bool) -> None:
        wrong = self._unknown(fields) | (self._missing(fields) if new else {})
        summary = fields.get("summary", "x")
        if not isinstance(summary, str) or "\n" in summary:
            wrong["summary"] = "The summary is invalid because it contains newline characters."
        elif len(summary) > LONGEST_SUMMARY:
            wrong["summary"] = f"Summary can't exceed {LONGEST_SUMMARY} characters."
        if any(" " in each for each in fields.get("labels", [])):
            wrong["labels"] = "The label can't contain spaces."
        if wrong:
            raise JiraError(400, errors=wrong)
        for name in ("description", "environment"):
            if name in fields:
                check_document(name, fields[name])

    def _missing(self, fields: dict[str, Any]) -> dict[str, str]:
        wrong = {name: said for name, said in self.oddities.required.items() if name not in fields}
        if not fields.get("summary"):
            wrong["summary"] = "You must specify a summary of the issue."
        if fields.get("project", {}).get("key") != self._settings.project:
            wrong["project"] = "valid project is required"
        if fields.get("issuetype", {}).get("name") not in self._settings.issue_types:
            wrong["issuetype"] = "Specify a valid issue type"
        return wrong

    def _unknown(self, fields: dict[str, Any]) -> dict[str, str]:
        strange = [name for name in fields if name not in KNOWN and name not in self._settings.custom_fields]
        said = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
        wrong = {name: said.format(name) for name in strange}
        priority = fields.get("priority", {"name": "High"})
        if not isinstance(priority, dict) or priority.get("name") not in self._settings.priorities:
            wrong["priority"] = "Specify the Priority (name) in string format"
        return wrong

    def _commit(self, kind: str, issue: Issue, by: Person, caller: str | None, **more: object) -> None:
        self._ledger.commit(kind, issue.id, caller, record=issue.id, number=issue.key, by=by.name, **more)

    def clear(self) -> None:
        """No issues, a plain site."""
        self.issues.clear()
        self.oddities = Oddities()


def check_document(name: str, value: Any) -> None:
    """Raises JiraError 400 where a value is no document in Atlassian's format."""
    whole = isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1
    if not whole or not isinstance(value.get("content"), list):
        raise JiraError(
            400, errors={name: "Operation value must be an Atlassian Document (see the Atlassian Document Format)"}
        )


def plain(node: Any) -> str:
    """The text of a document."""
    if isinstance(node, dict):
        return str(node.get("text", "")) + "".join(plain(each) for each in node.get("content", []))
    return ""
