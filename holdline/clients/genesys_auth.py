"""The login of a Genesys Cloud OAuth client.

https://developer.genesys.cloud/authorization/platform-auth/use-client-credentials
"""

import base64

from holdline.clients.exchange import Ask
from holdline.clients.login import Login
from holdline.clients.secret import Reader
from holdline.clients.wire import Endpoint


class GenesysLogin(Login):
    """The token of an OAuth client, by Basic authentication."""

    def __init__(self, endpoint: Endpoint, client_id: str, client_secret: Reader) -> None:
        self._client_id = client_id
        super().__init__(endpoint, client_secret, self._ask)

    def _ask(self, secret: str) -> Ask:
        basic = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
        return Ask(
            method="POST",
            route="/oauth/token",
            form={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
            grants=True,
            hide=(secret, basic),
        )
