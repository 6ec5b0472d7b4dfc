"""The entrances: for each source where it arrives, how it proves itself, how it is read and what it is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from holdline.gateway import delivered, genesys, jira, jsm, own, pagerduty, scrub, signing, slack, tickets, twilio
from holdline.gateway.authentic import Delivery, Refused, Verified
from holdline.gateway.config import GatewayConfig, strong
from holdline.gateway.fresh import Fresh
from holdline.gateway.journal import Put
from holdline.gateway.listening.echoes import Echoes
from holdline.gateway.reading import Reading, Source, State
from holdline.gateway.responses import Responses

Verify = Callable[[Delivery, Sequence[bytes], datetime], Verified | Refused]
Read = Callable[[Delivery, datetime], Reading | Refused]
Reply = Callable[[Reading, Put], bytes]

JSON: Final = b"application/json"
TEXT: Final = b"text/plain; charset=utf-8"
_UNKNOWN: Final = "Nothing was done: Holdline does not know you. Ask for your Slack id in [operators.NAME] slack."
_UNREADABLE: Final = "Nothing was done: Holdline cannot read this button. Use `holdline incident` instead."
XML: Final = b"text/xml; charset=utf-8"


@dataclass(frozen=True)
class Keys:
    """The live secrets of a source, and every form in which they must not be written to disk."""

    live: tuple[bytes, ...]
    masked: frozenset[bytes]


@dataclass(frozen=True)
class Entrance:
    """One path that a source sends to. `json_only` refuses other content types, where a sender can learn from that.

    `needs` is made fresh before a delivery is looked at. What was not understood at its time is read again later, but
    not a press that is for `once`: whoever pressed was told that nothing was done.
    """

    path: str
    source: Source
    keys: Fresh[Keys]
    verify: Verify
    read: Read
    reply: Reply
    needs: tuple[Fresh[Any], ...]
    media: bytes = JSON
    status: int = 202
    json_only: bool = False
    once: bool = False


def entrances(config: GatewayConfig, responses: Responses, echoes: Echoes | None = None) -> tuple[Entrance, ...]:
    """Every entrance of a gateway; reads each secret for the first time."""
    systems = (Source.SERVICENOW, Source.SALESFORCE, Source.AZURE_DEVOPS)
    tickets = (*(_ticket(config, system) for system in systems), _jira(config))
    return (
        _own(config),
        _genesys(config, echoes),
        _pagerduty(config),
        _twilio(config),
        _delivered(config),
        _jsm(config),
        *tickets,
        _slack(config, responses),
    )


def _own(config: GatewayConfig) -> Entrance:
    keys = fresh_keys(config, Source.OWN)
    verify = partial(signing.verify, window=config.window)
    read = partial(own.read, window=config.window)
    return Entrance("/v1/events", Source.OWN, keys, verify, read, told, (keys,), json_only=True)


def _genesys(config: GatewayConfig, echoes: Echoes | None) -> Entrance:
    keys = fresh_keys(config, Source.GENESYS)
    read = partial(genesys.read, memory=config.memory, rules=config.genesys, echoes=echoes)
    return Entrance("/v1/events/genesys", Source.GENESYS, keys, genesys.verify, read, told, (keys,))


def _pagerduty(config: GatewayConfig) -> Entrance:
    keys = fresh_keys(config, Source.PAGERDUTY)
    read = partial(pagerduty.read, memory=config.memory)
    return Entrance("/webhooks/pagerduty", Source.PAGERDUTY, keys, pagerduty.verify, read, told, (keys,))


def _twilio(config: GatewayConfig) -> Entrance:
    keys = fresh_keys(config, Source.TWILIO)
    contacts = Fresh(config.phones)
    read = partial(_read_text, contacts)
    needs = (keys, contacts)
    return Entrance("/webhooks/twilio/sms", Source.TWILIO, keys, twilio.verify, read, _texted, needs, media=XML)


def _jsm(config: GatewayConfig) -> Entrance:
    keys = fresh_keys(config, Source.JSM)
    read = partial(jsm.read, memory=config.memory)
    return Entrance("/v1/jsm", Source.JSM, keys, genesys.verify, read, told, (keys,))


def _delivered(config: GatewayConfig) -> Entrance:
    keys = fresh_keys(config, Source.TWILIO_STATUS)
    path, media = "/v1/twilio/status", TEXT
    source = Source.TWILIO_STATUS
    return Entrance(path, source, keys, twilio.verify, delivered.read, _nothing, (keys,), media=media, status=200)


def _ticket(config: GatewayConfig, system: Source) -> Entrance:
    keys = fresh_keys(config, system)
    verify = partial(signing.verify, window=config.window)
    read = partial(tickets.read, source=system, memory=config.memory, rule=config.tickets_of(system))
    return Entrance(f"/v1/tickets/{system}", system, keys, verify, read, told, (keys,), json_only=True)


def _jira(config: GatewayConfig) -> Entrance:
    keys = fresh_keys(config, Source.JIRA)
    read = partial(jira.read, memory=config.memory, rule=config.tickets_of(Source.JIRA))
    return Entrance("/v1/tickets/jira", Source.JIRA, keys, jira.verify, read, told, (keys,))


def _slack(config: GatewayConfig, responses: Responses) -> Entrance:
    keys = fresh_keys(config, Source.SLACK)
    users = {person.slack: name for name, person in config.crew.items() if person.slack is not None}
    return Entrance(
        "/v1/slack/actions",
        Source.SLACK,
        keys,
        slack.verify,
        partial(slack.read, users=users, expect=responses.expect, bursts=slack.Bursts()),
        partial(_pressed, responses),
        (keys,),
        media=TEXT,
        status=200,
        once=True,
    )


def _pressed(responses: Responses, reading: Reading, _put: Put) -> bytes:
    """Slack takes an empty answer; whoever pressed for nothing is told why."""
    if reading.reason == slack.STRANGER:
        responses.tell(reading.event_id, _UNKNOWN)
    elif reading.state is State.QUARANTINED:
        responses.tell(reading.event_id, _UNREADABLE)
    return b""


def people(config: GatewayConfig) -> Fresh[Keys]:
    """The operators' own tokens, and no vendor's."""
    return Fresh(lambda: _live(config.operators(), Source.OWN))


def operators(config: GatewayConfig) -> Fresh[Keys]:
    """The tokens that may ask for an event's fate: the operators' own, and those that EventBridge sends."""
    return Fresh(lambda: _live([*config.operators(), *config.secrets_of(Source.GENESYS)()], Source.GENESYS))


def fresh_keys(config: GatewayConfig, source: Source) -> Fresh[Keys]:
    """The secrets of a source, never older than a few seconds."""
    return Fresh(partial(_keys, config, source))


def told(reading: Reading, put: Put) -> bytes:
    """What a sender of JSON is told: our id of the event, and where it stands. An id has no character to escape."""
    event_id = reading.event_id.encode()
    if put is not Put.NEW:
        return b'{"event_id":"%b","status":"duplicate","duplicate":true}' % event_id
    if reading.state is State.QUARANTINED:
        return b'{"event_id":"%b","status":"quarantined","quarantined":true}' % event_id
    return b'{"event_id":"%b","status":"%b"}' % (event_id, str(reading.state).encode())


def _nothing(_reading: Reading, _put: Put) -> bytes:
    """For a sender that reads no answer."""
    return b""


def _texted(reading: Reading, _put: Put) -> bytes:
    return twilio.reply(reading).encode()


def _read_text(contacts: Fresh[Mapping[str, str]], delivery: Delivery, now: datetime) -> Reading:
    names = {number: name for name, number in contacts.latest.items()}
    return twilio.read(delivery, now, names.get)


def _keys(config: GatewayConfig, source: Source) -> Keys:
    return _live(config.secrets_of(source)(), source)


def _live(secrets: Sequence[str], source: Source) -> Keys:
    """A secret that is too short while it is being replaced is not live."""
    texts = [secret for secret in secrets if strong(source, secret)]
    masked = frozenset(form for text in texts for form in scrub.forms(text))
    return Keys(tuple(text.encode() for text in texts), masked)
