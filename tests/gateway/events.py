"""What senders send: bodies, and the headers that prove them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from holdline.domain.keys import label_of
from holdline.seal import SIGNATURE, sign

OWN: Final = "own-secret-of-the-tests-000000001"
OTHER: Final = "own-secret-of-the-tests-000000002"
GENESYS: Final = "event-bridge-key-of-the-tests-0001"
PAGERDUTY: Final = "pagerduty-signing-secret-0000001"
TWILIO: Final = "twilio-auth-token-0000000000001"
TICKETS: Final = "ticket-secret-of-the-tests-00001"
SLACK: Final = "slack-signing-secret-of-the-tests"
LINK: Final = "link-secret-of-the-tests-00000001"
JIRA: Final = "jira-webhook-secret-of-the-tests"
JSM: Final = "jsm-webhook-header-of-the-tests-001"
OPERATOR: Final = "operator-token-of-the-tests-000001"
ALICE: Final = "+436601234567"
PUBLIC: Final = "https://holdline.example.com"

_NUMBERS = count(1)


def trunk() -> str:
    """The id of a trunk that no other test knows."""
    return f"{next(_NUMBERS):08x}-1111-4222-8333-444444444444"


def event(entity: str, **fields: Any) -> dict[str, Any]:
    """One of our own events, of now."""
    number = next(_NUMBERS)
    return {
        "event_id": f"event-{number}",
        "incident_type": "trunk_failure",
        "entity": f"trunk:{entity}",
        "severity": "HIGH",
        "timestamp": datetime.now(UTC).isoformat(),
        "metrics": {"quality": 0.5},
        **fields,
    }


def signed(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    secrets: Sequence[str] = (OWN,),
    age: timedelta = timedelta(0),
) -> dict[str, str]:
    """The headers of an event of ours that was signed some time ago."""
    signature = sign(body, secrets, datetime.now(UTC) - age)
    return {"Content-Type": "application/json", SIGNATURE: signature, **(headers or {})}


def envelope(entity: str, connected: object = False, **over: Any) -> dict[str, Any]:
    """An EventBridge envelope about a trunk."""
    number = next(_NUMBERS)
    topic = f"v2.telephony.providers.edges.trunks.{entity}"
    body = {"id": entity, "connectedStatus": {"connected": connected, "connectedStateTime": "2026-03-19T21:59:00Z"}}
    return {
        "version": "0",
        "id": f"{number:08x}-aaaa-4bbb-8ccc-dddddddddddd",
        "detail-type": "v2.telephony.providers.edges.trunks.{id}",
        "source": "aws.partner/genesys.com/cloud/org/suffix",
        "account": "123456789012",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-central-1",
        "resources": [],
        "detail": {"topicName": topic, "version": "2", "eventBody": body, "metadata": {"CorrelationId": "c"}},
        **over,
    }


def webhook(kind: str, key: str | None, incident: str = "Q2AIXW2ZIT3I8G", **over: Any) -> dict[str, Any]:
    """A PagerDuty webhook about an incident."""
    event = {
        "id": f"01CH754SM17TWPE2V2H4VPB{next(_NUMBERS):04d}",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": datetime.now(UTC).isoformat(),
        "agent": {"id": "PLH1HKV", "type": "user_reference", "summary": "Maria Huber"},
        "client": None,
        "data": {"id": incident, "type": "incident", "status": "acknowledged", "incident_key": key, "title": "Trunk"},
        **over,
    }
    return {"event": event}


def paged(body: bytes, secrets: Sequence[str] = (PAGERDUTY,)) -> dict[str, str]:
    """The headers of a PagerDuty webhook."""
    digests = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return {"Content-Type": "application/json", "X-PagerDuty-Signature": ",".join(f"v1={each}" for each in digests)}


def text(words: str, sender: str = ALICE, **over: str) -> dict[str, str]:
    """The form of a text message that came in at Twilio."""
    return {"MessageSid": f"SM{next(_NUMBERS):032x}", "From": sender, "To": "+15005550006", "Body": words, **over}


def texted(form: Mapping[str, str], token: str = TWILIO, path: str = "/webhooks/twilio/sms") -> dict[str, str]:
    """The headers of a Twilio request."""
    url = PUBLIC + path + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = base64.b64encode(hmac.new(token.encode(), url.encode(), hashlib.sha1).digest()).decode()
    return {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": digest}


def deed(kind: str, key: str, **over: Any) -> dict[str, Any]:
    """What a person did to a ticket, by our own scheme."""
    return {
        "event_id": f"deed-{next(_NUMBERS)}",
        "correlation_id": key,
        "kind": kind,
        "by": "Maria Huber",
        "at": datetime.now(UTC).isoformat(),
        "text": "",
        **over,
    }


def issue(key: str, *changes: Mapping[str, Any], category: str = "new", **over: Any) -> dict[str, Any]:
    """A webhook of Jira about an issue with our label."""
    return {
        "timestamp": int(datetime.now(UTC).timestamp() * 1000) + next(_NUMBERS) % 7,
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "user": {"accountId": "5b10ac8d82e05b22cc7d4ef5", "accountType": "atlassian", "displayName": "Maria Huber"},
        "issue": {
            "id": "10001",
            "key": "OPS-7",
            "fields": {
                "summary": "CRITICAL: Carrier A",
                "labels": ["telephony", label_of(key)],
                "description": f"It rings nowhere.\n{key}",
                "status": {"name": "Any", "statusCategory": {"key": category, "name": "Any"}},
            },
        },
        "changelog": {"id": "10124", "items": list(changes)},
        **over,
    }


def hooked(body: bytes, secret: str = JIRA) -> dict[str, str]:
    """The headers of a webhook of Jira."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json; charset=UTF-8", "X-Hub-Signature": f"sha256={digest}"}


def pressed(verb: str, button: Mapping[str, Any], user: str = "UALICE", **over: Any) -> dict[str, Any]:
    """What Slack tells of a press on a button of ours."""
    number = next(_NUMBERS)
    action = {
        "type": "button",
        "action_id": f"holdline.{verb}",
        "block_id": "orders",
        "value": json.dumps(button, separators=(",", ":")),
        "action_ts": f"1763748000.{number:06d}",
    }
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "somebody", "team_id": "T01"},
        "api_app_id": "A01",
        "container": {"type": "message", "message_ts": "1763747000.000100", "channel_id": "C01"},
        "trigger_id": f"{number}.0.x",
        "response_url": "https://hooks.slack.com/actions/T01/1/secret",
        "actions": [action],
        **over,
    }


def interaction(payload: Mapping[str, Any]) -> bytes:
    """The form that Slack posts."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def slacked(body: bytes, secret: str = SLACK, age: timedelta = timedelta(0)) -> dict[str, str]:
    """The headers of Slack, by Slack's own library."""
    moment = str(int((datetime.now(UTC) - age).timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=moment, body=body)
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": str(signature),
    }


def raw(value: object) -> bytes:
    """JSON as bytes."""
    return json.dumps(value).encode()


def form(value: Mapping[str, str]) -> bytes:
    """A form as bytes."""
    return urlencode(value).encode()
