"""Genesys' own library reads queues, analytics, edges and call metrics of the simulator."""

import asyncio
import importlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.simulators.sandbox import Sandbox
from tests.simulators.vendors import Vendors

SIM = "/_sim/world"
VOICE = {"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "voice"}


async def plant(vendors: Vendors, path: str, **change: Any) -> None:
    """Plant trouble over HTTP."""
    response = await vendors.http.post(f"{vendors.sandbox.genesys_url}{SIM}{path}", json=change)
    assert 200 == response.status_code, response.text


def story(platform: Any, sandbox: Sandbox) -> dict[str, Any]:
    """List queues and edges, ask for activity, observations, aggregates and call metrics."""
    client = sandbox.settings.genesys.clients[2]
    api = platform.ApiClient(host=sandbox.genesys_url)
    api.get_client_credentials_token(client.id, client.secret)
    analytics, until = platform.AnalyticsApi(api), datetime.now(UTC)
    filter_ = {"type": "and", "predicates": [VOICE]}
    metrics = [{"metric": each, "details": False} for each in ("oWaiting", "oLongestWaiting")]
    wanted = {"metrics": metrics, "groupBy": ["queueId"], "filter": filter_}
    active = analytics.post_analytics_conversations_activity_query(wanted)
    body = {"filter": filter_, "metrics": ["oWaiting"], "detailMetrics": ["oWaiting"]}
    observed = analytics.post_analytics_queues_observations_query(body).results
    over = f"{until - timedelta(minutes=10):%Y-%m-%dT%H:%M:%S.000Z}/{until:%Y-%m-%dT%H:%M:%S.000Z}"
    asked = {"interval": over, "groupBy": ["queueId"], "metrics": ["tWait"], "filter": filter_}
    waited = analytics.post_analytics_conversations_aggregates_query(asked).results
    calls = platform.TelephonyApi(api).get_telephony_calls_metrics()
    telephony = platform.TelephonyProvidersEdgeApi(api)
    queues = platform.RoutingApi(api).get_routing_queues_divisionviews_all(page_size=500)
    return {
        "queues": [queue.name for queue in queues.entities],
        "active": [(each.metric, each.count) for each in active.results[0].data],
        "idle": [each.data for each in observed if each.data is None],
        "observed": next((each.data[0].truncated, len(each.data[0].observations)) for each in observed if each.data),
        "waited": (waited[0].data[0].metrics[0].stats.count, waited[0].data[0].metrics[0].stats.sum),
        "calls": (calls.concurrent_call_count, calls.max_call_capacity, calls.auto_scale_in_progress),
        "offline": [
            edge.name for edge in telephony.get_telephony_providers_edges().entities if edge.online_status == "OFFLINE"
        ],
    }


async def test_genesys_platform_client(sandbox: Sandbox, vendors: Vendors) -> None:
    """PureCloudPlatformClientV2 parses every answer; what is idle has no data."""
    platform = await asyncio.to_thread(importlib.import_module, "PureCloudPlatformClientV2")
    edge = next(iter(sandbox.genesys.world.edges))
    await plant(vendors, "/queues/Billing", waiting=list(range(150)), waits=[60, 90])
    await plant(vendors, "/capacity", calls=950)
    await plant(vendors, f"/edges/{edge}", online=False)
    assert {
        "queues": ["Billing", "Sales", "Technical support"],
        "active": [("oWaiting", 150), ("oLongestWaiting", None)],
        "idle": [None, None],
        "observed": (True, 100),
        "waited": (2, 150_000.0),
        "calls": (950, 1000, "None"),
        "offline": ["Vienna edge 1"],
    } == await asyncio.to_thread(story, platform, sandbox)


async def test_a_permission_that_is_missing(sandbox: Sandbox, vendors: Vendors) -> None:
    """A client without the permission is told which one, in the body that Genesys has."""
    headers = await vendors.login(client=1)
    url = f"{sandbox.genesys_url}/api/v2/telephony/calls/metrics"
    refused = (await vendors.http.get(url, headers=headers)).json()
    assert (403, "missing.any.permissions") == (refused["status"], refused["code"])
    assert "telephony:callMetrics:view" in refused["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("conversations/aggregates", {"interval": "yesterday", "groupBy": ["queueId"], "metrics": ["tWait"]}),
        ("conversations/aggregates", {"interval": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z", "groupBy": ["queueId"]}),
        ("conversations/activity", {"metrics": [{"metric": "oWaitingLong"}], "groupBy": ["queueId"]}),
        ("queues/observations", {"metrics": ["oWaiting"]}),
        ("queues/observations", {"metrics": ["oWaiting"], "filter": {"type": "xor", "predicates": [VOICE]}}),
        ("queues/observations", []),
    ],
)
async def test_a_query_that_is_wrong(vendors: Vendors, path: str, body: object) -> None:
    """A query that Genesys would not understand is refused, never answered with nothing."""
    url = f"{vendors.sandbox.genesys_url}/api/v2/analytics/{path}/query"
    response = await vendors.http.post(url, json=body, headers=await vendors.login(client=2))
    assert 400 == response.status_code


async def test_trouble_for_nobody(vendors: Vendors) -> None:
    """An edge or a queue that is not there cannot be changed."""
    for path in ("edges/none", "queues/none"):
        response = await vendors.http.post(f"{vendors.sandbox.genesys_url}{SIM}/{path}", json={})
        assert 404 == response.status_code
