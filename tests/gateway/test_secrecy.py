"""Canaries: a telephone number and our secrets are sent in every way there is, and are in no file afterwards."""

from pathlib import Path

from temporalio.client import Client

from tests.gateway import events
from tests.gateway.events import envelope, event, form, raw, signed, text, texted, trunk, webhook
from tests.gateway.running import Running, configured, history, running

NUMBER = "+447700900123"
DIGITS = ("447700900123", "7700900123", "7700 900123")
SECRETS = (events.OWN, events.GENESYS, events.PAGERDUTY, events.TWILIO)


async def canaries(gateway: Running, entity: str) -> None:
    """Send the number and the secrets through every entrance, understood and not."""
    words = f"caller {NUMBER} said {events.OWN}"
    own = event(entity, reason=words, note=words, ani=447700900123, metrics={"caller": 447700900123})
    for value in (
        own,
        own | {"event_id": NUMBER},
        own | {"event_id": "447700900123", "severity": None},
        event(entity, entity_note=words) | {"timestamp": words},
        event(entity, password="hunter22", severity="none", Authorization=f"Bearer {events.GENESYS}"),
    ):
        assert 202 == (await gateway.event(value)).status_code
    anonymous = {name: value for name, value in event(entity).items() if name != "event_id"}
    for header in (NUMBER, events.OWN):
        answer = await gateway.event(anonymous | {"severity": "LOW"}, **{"X-Holdline-Event-Id": header})
        assert header not in answer.text
    broken = f'{{"{words}'.encode()
    await gateway.http.post("/v1/events", content=broken, headers=signed(broken))
    found = envelope(entity, time=words)
    found["detail"]["eventBody"]["name"] = words
    await gateway.genesys(found)
    named = envelope(entity)
    named["detail"]["eventBody"]["name"] = f"SIP to {NUMBER}"
    await gateway.genesys(named)
    await gateway.pagerduty(webhook("incident.acknowledged", words, occurred_at=None))
    await gateway.pagerduty(webhook("incident.acknowledged", f"k {NUMBER}", agent=_agent(NUMBER)))
    for sender in (NUMBER, events.ALICE):
        for body in ("ACK 7K2M9Q", f"call me at {NUMBER}"):
            sms = text(body, sender)
            await gateway.http.post("/webhooks/twilio/sms", content=form(sms), headers=texted(sms))
    refused = raw(own)
    await gateway.http.post("/v1/events", content=refused, headers={"X-Holdline-Signature": words.replace(" ", "")})


def _agent(name: str) -> dict[str, str]:
    return {"type": "user_reference", "summary": name}


def contents(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


async def test_no_file_holds_a_number_or_a_secret(client: Client, tmp_path: Path) -> None:
    """S1.10: the journal, its write-ahead file and the incident's history know names and digests only."""
    entity = trunk()
    async with running(configured(tmp_path), client) as gateway:
        await canaries(gateway, entity)
        await gateway.settles(_last(gateway, entity), "delivered")
        during = contents(tmp_path)
        told = "".join(str(each) for each in await history(client, entity)).encode()
    for where in (during, contents(tmp_path), told):
        for canary in (*DIGITS, events.ALICE.lstrip("+"), *SECRETS, "hunter22"):
            assert canary.encode() not in where, canary
    assert b"quarantined" in during


def _last(gateway: Running, entity: str) -> str:
    accepted = [row[1] for row in gateway.rows() if row[2] in ("accepted", "batched") and entity in row[4]]
    return str(accepted[-1])
