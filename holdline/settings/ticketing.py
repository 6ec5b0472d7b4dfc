"""The sections of the ticket systems: where tickets are kept, as whom, and what they are made from."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from holdline.domain.ticket import Choice, Fields, TicketForm
from holdline.secrets import Secret
from holdline.settings.values import PerMinute, PerSecond, Text, Url

_URGENCY = Choice(by="severity", values={"CRITICAL": "1", "HIGH": "2"}, otherwise="3")
_TITLE: Fields = {"short_description": "{summary}"}

TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
"""The name of a table at ServiceNow."""


class Tickets(TicketForm):
    """What every ticket system has: what its tickets are made from, and how much may be asked of it."""

    requests_per_minute: PerMinute = 120
    requests_per_second: PerSecond = 10


class Jira(Tickets):
    """One Jira Cloud site, by an account and its API token.

    `close_transition` ends an issue, `reopen_transition` undoes that. Without one it is the first that leads to a
    status of the category done, or away from it, to a new one first. Values are written as text; `priority` and
    `resolution` by name, `labels` separated by spaces, `components` by commas, an option as `customfield_10010.value`.
    """

    url: Url
    email: Text
    token: Secret
    project: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,19}$")]
    issue_type: Text = "Task"
    close_transition: Text | None = None
    reopen_transition: Text | None = None
    fields: Fields = Field(
        default={"summary": "{summary}", "description": "{description}\n\n{link}"}, validate_default=True
    )
    minimal: Fields = Field(default={"summary": "{summary}"})
    changing: Fields = Field(default={"description": "{description}\n\n{link}"})
    closing: Fields = Field(default_factory=dict)
    reopening: Fields = Field(default_factory=dict)


class AzureDevOps(Tickets):
    """One project at Azure DevOps, by a personal access token with the scope *Work items (read & write)*.

    In `new_states` nobody has a work item by itself, in `closed_states` it is over; `user` is the account of the token.
    What is assigned to it, or to whoever created the work item, is nobody's. Fields have their reference names; a field
    of HTML of your own is `NAME.html`.
    """

    url: Url
    token: Secret
    project: Text
    work_item_type: Text = "Issue"
    user: Text | None = None
    new_states: Annotated[tuple[str, ...], Field(min_length=1)] = ("New", "Active", "To Do", "Proposed", "Approved")
    closed_states: Annotated[tuple[str, ...], Field(min_length=1)] = (
        *("Closed", "Done", "Resolved", "Removed", "Completed"),
    )
    fields: Fields = Field(default={"System.Title": "{summary}", "System.Description": "{description}\n\n{link}"})
    minimal: Fields = Field(default={"System.Title": "{summary}"})
    changing: Fields = Field(default={"System.Description": "{description}\n\n{link}"})
    closing: Fields = Field(default={"System.State": "Closed"})
    reopening: Fields = Field(default={"System.State": "Active"})


class ServiceNow(Tickets):
    """One ServiceNow instance, by an OAuth client (client credentials) or by user and password.

    With OAuth, `user` is whom the client acts as, so that its own changes are not taken for a person's. Tickets are
    created by the Table API, or by `import_table`, whose transform map must coalesce on `correlation_id`; above
    `new_states` somebody has one, in `closed_states` it is over.
    """

    url: Url
    user: Text | None = None
    password: Secret | None = None
    client_id: Text | None = None
    client_secret: Secret | None = None
    table: TableName = "incident"
    import_table: TableName | None = None
    new_states: Annotated[tuple[str, ...], Field(min_length=1)] = ("1",)
    closed_states: Annotated[tuple[str, ...], Field(min_length=1)] = ("6", "7", "8")
    fields: Fields = Field(
        default={**_TITLE, "description": "{description}\n\n{link}", "impact": _URGENCY, "urgency": _URGENCY},
    )
    minimal: Fields = Field(default=_TITLE)
    changing: Fields = Field(default={"description": "{description}\n\n{link}"})
    closing: Fields = Field(
        default={"state": "6", "close_code": "Solution provided", "close_notes": "Closed by Holdline. {note}"}
    )
    reopening: Fields = Field(default={"state": "2"})

    @model_validator(mode="after")
    def _one_account(self) -> Self:
        oauth, basic = (self.client_id, self.client_secret), (self.user, self.password)
        if all(oauth) and self.password is None:
            if self.user is None:
                raise ValueError("write user too, whom the client acts as, or its changes are taken for a person's")
            return self
        if all(basic) and not any(oauth):
            return self
        raise ValueError("write user and password, or client_id and client_secret, which replace the password")


class Salesforce(Tickets):
    """One Salesforce org, by a connected app with client credentials; `url` is that of My Domain.

    `external_field` is a field of cases of your own: text, 255 characters, external id, unique. In `new_statuses`
    nobody has a case.
    """

    url: Url
    client_id: Text
    client_secret: Secret
    external_field: Annotated[str, Field(pattern=r"^[A-Za-z]\w{0,79}__c$")] = "Holdline_Key__c"
    new_statuses: Annotated[tuple[str, ...], Field(min_length=1)] = ("New",)
    api_version: Annotated[str, Field(pattern=r"^\d\d\.0$")] = "59.0"
    fields: Fields = Field(
        default={
            "Subject": "{summary}",
            "Description": "{description}\n\n{link}",
            "Priority": Choice(
                by="severity", values={"CRITICAL": "High", "HIGH": "High", "LOW": "Low"}, otherwise="Medium"
            ),
        }
    )
    minimal: Fields = Field(default={"Subject": "{summary}"})
    changing: Fields = Field(default={"Description": "{description}\n\n{link}"})
    closing: Fields = Field(default={"Status": "Closed"})
    reopening: Fields = Field(default={"Status": "New"})
