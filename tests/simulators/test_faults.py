"""Every kind of fault, before the commit and after it."""

import asyncio
import json

import httpx
import pytest

from holdline.simulators.faults import Fault, Match
from holdline.simulators.sandbox import Sandbox
from tests.simulators.vendors import Vendors

SEEN = {"before": 0, "after": 1}
WHEN = pytest.mark.parametrize("when", ["before", "after"])


def order(sandbox: Sandbox, kind: str, when: str, **rest: object) -> None:
    """Put one fault on the Events API in force."""
    fault = Fault.model_validate({"kind": kind, "when": when, "match": {"path": "/v2/enqueue"}, **rest})
    sandbox.pagerduty.faults.add(fault)


@WHEN
async def test_status(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A status fault answers with the code and Retry-After it was given, in the vendor's words."""
    order(sandbox, "status", when, status=429, retry_after=7)
    response = await vendors.enqueue(vendors.event())
    assert (429, "7", "throttle exceeded") == (
        response.status_code,
        response.headers["retry-after"],
        response.json()["status"],
    )
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


@WHEN
async def test_reset_is_a_tcp_reset(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A reset tears the connection off with RST, without a byte of an answer."""
    order(sandbox, "reset", when)
    body = json.dumps(vendors.event()).encode()
    head = f"POST /v2/enqueue HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    host, port = sandbox.pagerduty_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head + body)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


@WHEN
async def test_hang_outlives_the_callers_patience(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A hang answers nothing while the caller waits."""
    order(sandbox, "hang", when)
    vendors.http.timeout = httpx.Timeout(5, read=0.1)
    with pytest.raises(httpx.ReadTimeout):
        await vendors.enqueue(vendors.event())
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


@WHEN
async def test_hang_ends_after_its_seconds(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A hang tears the connection off when its seconds are over."""
    order(sandbox, "hang", when, seconds=0.01)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await vendors.enqueue(vendors.event())
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


async def test_clearing_the_faults_lets_go_of_held_connections(sandbox: Sandbox, vendors: Vendors) -> None:
    """Clearing the faults ends a hang at once."""
    order(sandbox, "hang", "after", seconds=3600)
    asking = asyncio.create_task(vendors.enqueue(vendors.event()))
    while not sandbox.pagerduty.ledger:  # noqa: ASYNC110 (nothing else tells that the request is in)
        await asyncio.sleep(0.001)
    sandbox.pagerduty.faults.clear()
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await asking


async def test_drip_brings_the_whole_answer_byte_by_byte(sandbox: Sandbox, vendors: Vendors) -> None:
    """A dripped answer is the committed one, and arrives complete for a caller who stays."""
    order(sandbox, "drip", "after", seconds=0)
    response = await vendors.enqueue(vendors.event())
    assert (202, "incident-1") == (response.status_code, response.json()["dedup_key"])


@WHEN
async def test_drip_outlasts_read_timeouts(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A drip keeps every single read short, so that only a limit on the whole attempt ends it."""
    order(sandbox, "drip", when, seconds=0.05)
    vendors.http.timeout = httpx.Timeout(5, read=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await vendors.enqueue(vendors.event())
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


@WHEN
async def test_truncate(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A truncated answer has whole headers and half a body."""
    order(sandbox, "truncate", when)
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        await vendors.enqueue(vendors.event())
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


@WHEN
async def test_html(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """An html fault is a sign-in page with status 200."""
    order(sandbox, "html", when)
    response = await vendors.enqueue(vendors.event())
    assert (200, "text/html; charset=utf-8") == (response.status_code, response.headers["content-type"])
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


@WHEN
async def test_lying_200(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A lying 200 is JSON without the receipt."""
    order(sandbox, "lying_200", when)
    response = await vendors.enqueue(vendors.event())
    assert (200, {"status": "ok"}) == (response.status_code, response.json())
    assert SEEN[when] == len(sandbox.pagerduty.ledger)


@WHEN
async def test_latency_is_processed_all_the_same(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """A late answer is the true one."""
    order(sandbox, "latency", when, seconds=0.01)
    assert 202 == (await vendors.enqueue(vendors.event())).status_code
    assert 1 == len(sandbox.pagerduty.ledger)


async def test_latency_after_commits_before_the_caller_gives_up(sandbox: Sandbox, vendors: Vendors) -> None:
    """With latency after the commit, a caller who gives up has had its effect."""
    order(sandbox, "latency", "after", seconds=60)
    vendors.http.timeout = httpx.Timeout(5, read=0.1)
    with pytest.raises(httpx.ReadTimeout):
        await vendors.enqueue(vendors.event())
    assert 1 == len(sandbox.pagerduty.ledger)


@WHEN
async def test_token_revoked(sandbox: Sandbox, vendors: Vendors, when: str) -> None:
    """Revoked before, the request itself is refused; revoked after, the one that follows it."""
    headers, url = await vendors.login(), f"{sandbox.genesys_url}/api/v2/date"
    sandbox.genesys.faults.add(Fault.model_validate({"kind": "token_revoked", "when": when}))
    answers = [(await vendors.http.get(url, headers=headers)).status_code for _ in range(2)]
    assert {"before": [401, 401], "after": [200, 401]}[when] == answers


async def test_times(sandbox: Sandbox, vendors: Vendors) -> None:
    """A fault hits as often as ordered and then no more."""
    order(sandbox, "status", "before", times=2)
    answers = [(await vendors.enqueue(vendors.event())).status_code for _ in range(3)]
    assert [503, 503, 202] == answers


async def test_without_end(sandbox: Sandbox, vendors: Vendors) -> None:
    """A fault without times stays until it is withdrawn."""
    order(sandbox, "status", "before", times=None)
    assert [503] * 3 == [(await vendors.enqueue(vendors.event())).status_code for _ in range(3)]
    assert 1 == sandbox.pagerduty.faults.clear()
    assert 202 == (await vendors.enqueue(vendors.event())).status_code


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        (Match(), True),
        (Match(method="post", path="/v2"), True),
        (Match(method="*", path="/*/enqueue"), True),
        (Match(method="GET", path="/v2"), False),
        (Match(path="/incidents"), False),
        (Match(path="/v2/*/x"), False),
    ],
)
def test_match(match: Match, hit: bool) -> None:
    """A fault hits by method and by path prefix or glob."""
    assert hit is match.hits("POST", "/v2/enqueue")


async def test_the_control_paths_are_never_hit(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """A fault for every path leaves `/_sim` alone."""
    sandbox.pagerduty.faults.add(Fault(kind="status", times=None))
    assert 200 == (await http.get(f"{sandbox.pagerduty_url}/_sim/ledger")).status_code


@pytest.mark.parametrize("path", ["/v2/enqueue", "/_sim/faults"])
@pytest.mark.parametrize("fault", [False, True])
async def test_a_caller_who_goes_away_gets_one_line(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, path: str, fault: bool
) -> None:
    """Somebody who hangs up in the middle of a request gets no answer, and nobody a traceback."""
    if fault:
        order(sandbox, "status", "after", status=500)
    caplog.set_level("INFO")
    host, port = sandbox.pagerduty_url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    while not (said := [each for each in caplog.records if each.name.startswith(("uvicorn", "holdline"))]):  # noqa: ASYNC110 (nothing else tells that it was noticed)
        await asyncio.sleep(0.001)
    assert [f"the caller went away in the middle of POST {path}"] == [each.getMessage() for each in said]
    assert {None} == {each["status"] for each in sandbox.pagerduty.requests} | {None}
