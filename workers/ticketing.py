"""The clients of the ticket systems, made from their sections."""

from typing import Protocol, assert_never

from holdline.clients import azure_devops as at_azure_devops
from holdline.clients import jira as at_jira
from holdline.clients import salesforce as at_salesforce
from holdline.clients import servicenow as at_servicenow
from holdline.clients.network import Network
from holdline.domain.ticket import TicketSystem
from holdline.ports import Credentials, Tickets
from holdline.settings import Settings
from holdline.settings.ticketing import AzureDevOps, Jira, Salesforce, ServiceNow


class Keeper(Tickets, Credentials, Protocol):
    """A client that keeps tickets with a credential of its own."""

    async def aclose(self) -> None:
        """Close its connections."""


def keeper(system: TicketSystem, settings: Settings, network: Network) -> Keeper | None:
    """The client of a system; None where the system has no section."""
    match system:
        case TicketSystem.SERVICENOW:
            return None if settings.servicenow is None else _servicenow(settings.servicenow, network)
        case TicketSystem.SALESFORCE:
            return None if settings.salesforce is None else _salesforce(settings.salesforce, network)
        case TicketSystem.JIRA:
            return None if settings.jira is None else _jira(settings.jira, network)
        case TicketSystem.AZURE_DEVOPS:
            return None if settings.azure_devops is None else _azure_devops(settings.azure_devops, network)
        case _:
            assert_never(system)


def _servicenow(section: ServiceNow, network: Network) -> at_servicenow.ServiceNow:
    account = at_servicenow.Account(
        user=section.user or "",
        password=section.password.read if section.password else None,
        client_id=section.client_id or "",
        client_secret=section.client_secret.read if section.client_secret else None,
    )
    desk = at_servicenow.Desk(
        table=section.table,
        import_table=section.import_table or "",
        new=section.new_states,
        closed=section.closed_states,
    )
    return at_servicenow.ServiceNow(url=section.url, account=account, form=section, desk=desk, network=network)


def _salesforce(section: Salesforce, network: Network) -> at_salesforce.Salesforce:
    return at_salesforce.Salesforce(
        url=section.url,
        client_id=section.client_id,
        client_secret=section.client_secret.read,
        form=section,
        desk=at_salesforce.Desk(
            external_field=section.external_field, new=section.new_statuses, version=section.api_version
        ),
        network=network,
    )


def _jira(section: Jira, network: Network) -> at_jira.Jira:
    board = at_jira.Board(
        project=section.project,
        issue_type=section.issue_type,
        close_transition=section.close_transition or "",
        reopen_transition=section.reopen_transition or "",
    )
    return at_jira.Jira(
        url=section.url, email=section.email, token=section.token.read, board=board, form=section, network=network
    )


def _azure_devops(section: AzureDevOps, network: Network) -> at_azure_devops.AzureDevOps:
    area = at_azure_devops.Area(
        project=section.project,
        work_item_type=section.work_item_type,
        new=section.new_states,
        closed=section.closed_states,
        user=section.user or "",
    )
    return at_azure_devops.AzureDevOps(
        url=section.url, token=section.token.read, area=area, form=section, network=network
    )
