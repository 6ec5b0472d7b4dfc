"""The vendors' own client libraries take the simulators for the vendors."""

import asyncio
import importlib
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pagerduty
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client as TwilioClient

from holdline.simulators.sandbox import Sandbox, SandboxSettings, SmsTarget
from tests.simulators.receiver import Receiver
from tests.simulators.vendors import PHONE, Vendors


def telephony_of(subject: Any) -> list[str]:
    """What the caller may do with telephony, as the library reads it."""
    policies = [policy for grant in subject.grants for policy in grant.role.policies]
    return [
        action
        for each in policies
        if each.domain == "telephony" and each.entity_name == "plugin"
        for action in each.actions
    ]


def genesys_story(platform: Any, sandbox: Sandbox) -> dict[str, Any]:
    """Log in, read a trunk, its metrics and its route, turn the route round, fail to do so twice."""
    place, client = sandbox.genesys.world.places[0], sandbox.settings.genesys.clients[0]
    api = platform.ApiClient(host=sandbox.genesys_url)
    api.get_client_credentials_token(client.id, client.secret)
    edges = platform.TelephonyProvidersEdgeApi(api)
    route = edges.get_telephony_providers_edges_site_outboundroute(place.site_id, place.route_id)
    route.external_trunk_bases.reverse()
    write = edges.put_telephony_providers_edges_site_outboundroute
    written = write(place.site_id, place.route_id, route)
    with pytest.raises(platform.rest.ApiException) as conflict:
        write(place.site_id, place.route_id, route)
    trunk = edges.get_telephony_providers_edges_trunk(place.primary_trunk_id)
    both = f"{place.primary_trunk_id},{place.secondary_trunk_id}"
    return {
        "me": platform.TokensApi(api).get_tokens_me().o_auth_client.name,
        "telephony": telephony_of(platform.AuthorizationApi(api).get_authorization_subjects_me()),
        "clock": platform.UtilitiesApi(api).get_date().current_date.tzinfo is not None,
        "trunk": (trunk.name, trunk.connected_status.connected, trunk.options_status[0].option_state),
        "trunks": edges.get_telephony_providers_edges_trunks(trunk_base_id=place.primary_base_id).total,
        "metrics": len(edges.get_telephony_providers_edges_trunks_metrics(both)),
        "site": edges.get_telephony_providers_edge(trunk.edge.id).site.name,
        "route": (written.version, written.external_trunk_bases[0].id == place.secondary_base_id),
        "conflict": conflict.value.status,
    }


async def test_genesys_platform_client(sandbox: Sandbox) -> None:
    """PureCloudPlatformClientV2 logs in, reads trunks and metrics, and writes a route by version."""
    platform = await asyncio.to_thread(importlib.import_module, "PureCloudPlatformClientV2")
    assert {
        "me": "Remediate",
        "telephony": ["all"],
        "clock": True,
        "trunk": ("Vienna Danube Telecom trunk", True, True),
        "trunks": 1,
        "metrics": 2,
        "site": "Vienna",
        "route": (2, True),
        "conflict": 409,
    } == await asyncio.to_thread(genesys_story, platform, sandbox)
    assert 1 == len(sandbox.genesys.ledger)


def edge_story(platform: Any, sandbox: Sandbox) -> dict[str, Any]:
    """Drain an edge and bring it back."""
    edges, id = (
        platform.TelephonyProvidersEdgeApi(logged_in(platform, sandbox)),
        next(iter(sandbox.genesys.world.edges)),
    )
    said = edges.post_telephony_providers_edge_statuscode(
        id, body={"inService": False, "callDrainingWaitTimeSeconds": 0}
    )
    drained = edges.get_telephony_providers_edge(id)
    edges.post_telephony_providers_edge_statuscode(id, body={"inService": True})
    back = edges.get_telephony_providers_edge(id)
    return {
        "said": type(said),
        "drained": (drained.status_code, drained.call_draining_state),
        "back": (back.status_code, back.call_draining_state),
    }


def emergency_story(platform: Any, sandbox: Sandbox) -> dict[str, Any]:
    """Switch an emergency group on, and fail to do so with the version from before."""
    architect = platform.ArchitectApi(logged_in(platform, sandbox))
    (group,) = architect.get_architect_emergencygroups().entities
    group.enabled = True
    written = architect.put_architect_emergencygroup(group.id, group)
    with pytest.raises(platform.rest.ApiException) as conflict:
        architect.put_architect_emergencygroup(group.id, group)
    read = architect.get_architect_emergencygroup(group.id)
    return {
        "written": (written.enabled, written.version),
        "conflict": conflict.value.status,
        "routes": len(read.emergency_call_flows[0].ivrs),
    }


def people_story(platform: Any, sandbox: Sandbox) -> dict[str, Any]:
    """Join an agent to a queue; give a skill and take it away."""
    api, centre = logged_in(platform, sandbox), sandbox.genesys.world.centre
    routing, users = platform.RoutingApi(api), platform.UsersApi(api)
    queue, user, skill = next(iter(sandbox.genesys.world.queues)), list(centre.agents)[-1], next(iter(centre.skills))
    members = routing.get_routing_queue_members(queue, page_size=5)
    routing.patch_routing_queue_members(queue, [{"id": user, "joined": True}])
    joined = routing.get_routing_queue_members(queue, page_size=100).entities[-1]
    given = users.patch_user_routingskills_bulk(user, [{"id": skill, "proficiency": 2.5}]).entities[0]
    users.delete_user_routingskill(user, skill)
    return {
        "members": (len(members.entities), members.next_uri is not None),
        "joined": (joined.name, joined.joined),
        "skill": routing.get_routing_skill(skill).name,
        "given": (given.name, given.proficiency),
        "left": users.get_user_routingskills(user).total,
        "names": [each.name for each in users.get_users(id=[user]).entities],
    }


def queue_story(platform: Any, sandbox: Sandbox) -> dict[str, Any]:
    """Give a queue another in-queue flow, with everything else as it was read."""
    api, id = logged_in(platform, sandbox), next(iter(sandbox.genesys.world.queues))
    routing, flow = platform.RoutingApi(api), list(sandbox.genesys.world.centre.flows)[-1]
    queue = routing.get_routing_queue(id)
    queue.queue_flow.id = flow
    written = routing.put_routing_queue(id, queue)
    found = platform.ArchitectApi(api).get_flow(flow)
    return {
        "flow": (found.name, found.type, found.published_version is not None),
        "written": (written.name, written.queue_flow.id == flow, written.acw_settings.timeout_ms),
    }


def logged_in(platform: Any, sandbox: Sandbox) -> Any:
    """The vendor's client with a token."""
    client, api = sandbox.settings.genesys.clients[0], platform.ApiClient(host=sandbox.genesys_url)
    api.get_client_credentials_token(client.id, client.secret)
    return api


async def test_genesys_switches(sandbox: Sandbox) -> None:
    """PureCloudPlatformClientV2 finds the switches of the levers where and as it knows them."""
    platform = await asyncio.to_thread(importlib.import_module, "PureCloudPlatformClientV2")
    one = SandboxSettings(genesys=sandbox.settings.genesys.model_copy(update={"sites": 1}))
    async with Sandbox(one).running() as alone:
        edges = await asyncio.to_thread(edge_story, platform, alone)
        groups = await asyncio.to_thread(emergency_story, platform, alone)
        people = await asyncio.to_thread(people_story, platform, alone)
        queues = await asyncio.to_thread(queue_story, platform, alone)
    assert {"said": str, "drained": ("INACTIVE", "COMPLETE"), "back": ("ACTIVE", "NONE")} == edges
    assert {"written": (True, 2), "conflict": 409, "routes": 1} == groups
    assert {
        "members": (5, True),
        "joined": ("Leo", True),
        "skill": "German",
        "given": ("German", 2.5),
        "left": 0,
        "names": ["Leo"],
    } == people
    assert {"flow": ("To overflow", "INQUEUECALL", True), "written": ("Billing", True, 30000)} == queues


def pagerduty_story(sandbox: Sandbox, trust: ssl.SSLContext) -> list[Any]:
    """Trigger twice, acknowledge, find by key, resolve over REST."""
    account, url = sandbox.settings.pagerduty, sandbox.pagerduty_url
    with pagerduty.EventsApiV2Client(account.services[0].routing_key, base_url=url, verify=trust) as events:
        keys = [events.trigger("Trunk down", "trunk", dedup_key="k-1", severity="critical") for _ in range(2)]
        events.acknowledge("k-1")
    with pagerduty.RestApiV2Client(
        account.rest_token, default_from=account.users[0].email, base_url=url, verify=trust
    ) as rest:
        wanted = {"incident_key": "k-1", "date_range": "all", "include[]": ["acknowledgers"]}
        (incident,) = rest.list_all("incidents", params=wanted)
        (alert,) = rest.list_all(f"incidents/{incident['id']}/alerts")
        able = rest.rget("/abilities")
        done = rest.rput(f"/incidents/{incident['id']}", json={"type": "incident", "status": "resolved"})
    return [keys, incident["status"], alert["alert_key"], done["status"], "teams" in able]


async def test_pagerduty_clients(secured: tuple[Sandbox, ssl.SSLContext]) -> None:
    """EventsApiV2Client and RestApiV2Client trigger, acknowledge, find and resolve over TLS."""
    sandbox, trust = secured
    told = await asyncio.to_thread(pagerduty_story, sandbox, trust)
    assert [["k-1", "k-1"], "acknowledged", "k-1", "resolved", True] == told
    assert ["page.triggered", "page.deduplicated", "page.acknowledged", "page.resolved"] == [
        entry["kind"] for entry in sandbox.pagerduty.ledger
    ]


class Detour(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own transport, sent to the simulator instead of api.twilio.com."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        """The same request to another host."""
        return super().request(method, url.replace("https://api.twilio.com", self._url), *rest, **more)


def twilio_story(sandbox: Sandbox) -> list[Any]:
    """Send three, list them over two pages, read one, fail with a bad number."""
    account, detour = sandbox.settings.twilio, Detour(sandbox.twilio_url)
    with closing(detour.session):
        client = TwilioClient(account.account_sid, account.auth_token, http_client=detour)
        sent = [client.messages.create(to=PHONE, from_=account.numbers[0], body=f"text {n}") for n in range(3)]
        since = datetime.now(UTC) - timedelta(minutes=1)
        listed = client.messages.list(to=PHONE, date_sent_after=since, page_size=2)
        read = client.messages(sent[0].sid).fetch()
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(to="0660", from_=account.numbers[0], body="text")
        status = client.api.accounts(account.account_sid).fetch().status
    recent = sent[0].date_created > since - timedelta(seconds=1)
    return [[message.body for message in listed], read.sid == sent[0].sid, refused.value.code, recent, status]


async def test_twilio_client(sandbox: Sandbox) -> None:
    """twilio's Client creates, lists over pages, reads, and understands a refusal."""
    told = await asyncio.to_thread(twilio_story, sandbox)
    assert [["text 2", "text 1", "text 0"], True, 21211, True, "active"] == told


async def test_twilio_request_validator(sandbox: Sandbox, vendors: Vendors, receiver: Receiver) -> None:
    """twilio's RequestValidator accepts the signature of callbacks and replies, and no other's."""
    sandbox.twilio.target = SmsTarget(url=receiver.url)
    sandbox.twilio.reply(PHONE, "ACK 7K3MQX äöü & more")
    await vendors.sms(StatusCallback=receiver.url)
    posts = await receiver.at_least(4)
    for token, valid in ((sandbox.settings.twilio.auth_token, True), ("another token", False)):
        validator = RequestValidator(token)
        signed = {p.headers["x-twilio-signature"]: p.form() for p in posts}
        assert {valid} == {validator.validate(receiver.url, form, said) for said, form in signed.items()}
