"""The address of an incident in the Temporal UI."""

from urllib.parse import quote

from temporalio.client import Client

from holdline.settings import Settings
from workers.server import running


def console_of(settings: Settings, client: Client) -> str | None:
    """The UI that belongs to the server of this client: only of an embedded one is it known."""
    server = running(settings.data_dir)
    if server is None or server.address != client.service_client.config.target_host:
        return None
    return server.ui_url


def link(console: str | None, namespace: str, workflow_id: str, run_id: str) -> str | None:
    """The page of one run, or None where no UI is known."""
    if console is None:
        return None
    return f"{console}/namespaces/{quote(namespace, safe='')}/workflows/{quote(workflow_id, safe='')}/{run_id}/history"
