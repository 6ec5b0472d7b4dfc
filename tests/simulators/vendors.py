"""The vendors' APIs as a caller with the right credentials uses them."""

from typing import Any

import httpx

from holdline.simulators.genesys.world import Place
from holdline.simulators.sandbox import Sandbox

EDGES = "/api/v2/telephony/providers/edges"
PHONE = "+436601234567"


class Vendors:
    """Short ways to ordinary requests; everything returns the raw response."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.http = http

    @property
    def vienna(self) -> Place:
        """The first site."""
        return self.sandbox.genesys.world.places[0]

    async def login(self, client: int = 0) -> dict[str, str]:
        """A Genesys token as headers."""
        known = self.sandbox.settings.genesys.clients[client]
        form = {"grant_type": "client_credentials"}
        url = f"{self.sandbox.genesys_url}/oauth/token"
        response = await self.http.post(url, data=form, auth=(known.id, known.secret))
        return {"authorization": f"Bearer {response.json()['access_token']}"}

    async def genesys(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """A platform API request with a fresh token."""
        headers = await self.login()
        return await self.http.request(method, self.sandbox.genesys_url + path, headers=headers, **rest)

    def route_path(self) -> str:
        """Vienna's outbound route."""
        return f"{EDGES}/sites/{self.vienna.site_id}/outboundroutes/{self.vienna.route_id}"

    async def reorder(self, **changes: Any) -> httpx.Response:
        """Read Vienna's route, turn its order round, write it back; `changes` replace fields of the body."""
        body = (await self.genesys("GET", self.route_path())).json()
        body["externalTrunkBases"].reverse()
        return await self.genesys("PUT", self.route_path(), json={**body, **changes})

    def event(self, action: str = "trigger", key: str | None = "incident-1", **changes: Any) -> dict[str, Any]:
        """An event for the first service."""
        event = {"routing_key": self.sandbox.settings.pagerduty.services[0].routing_key, "event_action": action}
        if key is not None:
            event["dedup_key"] = key
        payload = {"summary": "Trunk down", "source": "trunk", "severity": "critical"}
        return {**event, **({"payload": payload} if action == "trigger" else {}), **changes}

    async def enqueue(self, event: Any, **headers: str) -> httpx.Response:
        """Send an event."""
        return await self.http.post(f"{self.sandbox.pagerduty_url}/v2/enqueue", json=event, headers=headers)

    async def rest(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """A PagerDuty REST request."""
        token = self.sandbox.settings.pagerduty.rest_token
        headers = {"authorization": f"Token token={token}", **rest.pop("headers", {})}
        return await self.http.request(method, self.sandbox.pagerduty_url + path, headers=headers, **rest)

    def messages(self) -> str:
        """The address of the account's messages."""
        account = self.sandbox.settings.twilio.account_sid
        return f"{self.sandbox.twilio_url}/2010-04-01/Accounts/{account}/Messages.json"

    async def sms(self, **changes: str) -> httpx.Response:
        """Send a text; `changes` replace form fields, an empty value leaves one out."""
        twilio = self.sandbox.settings.twilio
        form = {"To": PHONE, "From": twilio.numbers[0], "Body": "Trunk down", **changes}
        kept = {name: value for name, value in form.items() if value}
        return await self.http.post(self.messages(), data=kept, auth=(twilio.account_sid, twilio.auth_token))
