"""`holdline event send`: a signed event for the gateway, from a terminal or a script."""

import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

import click
import httpx

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.terminal import line
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.seal import SIGNATURE, sign
from holdline.secrets import SecretUnreadable
from holdline.settings import Settings

_TIMEOUT: Final = 10.0
_STATUS: Final = MappingProxyType(
    {
        400: (Exit.USAGE, "the gateway cannot read it as a JSON object"),
        401: (Exit.REFUSED, "the gateway refuses the signature; its secret or its clock is another one"),
        403: (Exit.REFUSED, "the gateway does not allow it"),
        413: (Exit.USAGE, "the event is larger than 64 kB"),
        415: (Exit.USAGE, "the gateway takes JSON only"),
        503: (Exit.UNREACHABLE, "the gateway cannot store it now; send it again"),
    }
)


@click.command()
@click.argument("trunk", required=False)
@click.option(
    "--status",
    type=click.Choice([each.value for each in Verdict]),
    default=Verdict.BREACH.value,
    show_default=True,
    help="What was seen of the trunk.",
)
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity], case_sensitive=False),
    default=Severity.CRITICAL.value,
    show_default=True,
    help="How bad it is.",
)
@click.option("--reason", default="sent by hand", show_default=True, help="What was seen, in a sentence.")
@click.option("--name", default="", help="The trunk's name, for people.")
@click.option("--site", default="", help="The trunk's site, for people.")
@click.option("--id", "event_id", help="The event's id; the same id is the same event. Default: a new one each time.")
@click.option("--file", type=click.File("rb"), help="Send this JSON as it is instead; - is standard input.")
@click.option("--repeat", type=click.IntRange(1, 100_000), default=1, show_default=True, help="Send it so many times.")
@click.option("--gateway", "url", help="The gateway's address; default: the one of the configuration.")
@click.pass_obj
def send(
    config: Path | None, /, trunk: str | None, file: Any, repeat: int, url: str | None, **fields: str | None
) -> None:
    """Send an event about TRUNK (an id, such as the Genesys UUID) to the gateway, signed."""
    if (trunk is None) == (file is None):
        raise click.UsageError("Name a trunk, or give an event with --file.")
    settings = session.settings(config)
    bodies = [file.read()] * repeat if file else [_body(str(trunk), fields) for _ in range(repeat)]
    answers = _post(bodies, url or address(settings), _secrets(settings))
    line(_summary(answers))


def _body(trunk: str, fields: dict[str, str | None]) -> bytes:
    entity = {"kind": "trunk", "id": trunk, "name": fields["name"], "site": fields["site"]}
    event = {
        "event_id": fields["event_id"] or f"cli-{uuid4()}",
        "incident_type": IncidentKind.TRUNK_FAILURE.value,
        "entity": entity,
        "severity": fields["severity"],
        "status": fields["status"],
        "timestamp": datetime.now(UTC).isoformat(),
        "reason": fields["reason"],
    }
    return json.dumps(event).encode()


def address(settings: Settings) -> str:
    """Where the gateway of a configuration listens."""
    host = "127.0.0.1" if settings.gateway.host in ("0.0.0.0", "::") else settings.gateway.host  # noqa: S104
    return f"http://{host}:{settings.gateway.port}"


def _secrets(settings: Settings) -> list[str]:
    found = settings.gateway.secrets.events
    if not found:
        raise Stop(Exit.CONFIG, "There is no secret to sign with; set gateway.secrets.events.")
    try:
        return [secret.read() for secret in found]
    except SecretUnreadable as error:
        raise Stop(Exit.CONFIG, f"The event cannot be signed: {error}.") from None


def _post(bodies: list[bytes], url: str, secrets: list[str]) -> list[dict[str, Any]]:
    """Send one after the other over one connection; the first that is refused ends it."""
    with httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False) as client:
        return [_accepted(_deliver(client, body, secrets)) for body in bodies]


def _deliver(client: httpx.Client, body: bytes, secrets: list[str]) -> httpx.Response:
    at = datetime.fromtimestamp(time.time(), UTC)
    headers = {"Content-Type": "application/json", SIGNATURE: sign(body, secrets, at)}
    try:
        return client.post("/v1/events", content=body, headers=headers)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        where = client.base_url
        raise Stop(Exit.UNREACHABLE, f"The gateway at {where} does not answer ({type(error).__name__}).") from None


def _accepted(response: httpx.Response) -> dict[str, Any]:
    if response.status_code != httpx.codes.ACCEPTED:
        unknown = (Exit.UNEXPECTED, "the gateway gave an answer that Holdline does not know")
        code, why = _STATUS.get(response.status_code, unknown)
        raise Stop(code, f"Not accepted: {why} (HTTP {response.status_code}).")
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def _summary(answers: list[dict[str, Any]]) -> str:
    counts = Counter(_word(answer) for answer in answers)
    if len(answers) == 1:
        return f"{_word(answers[0])}: event {answers[0].get('event_id', '')}".rstrip()
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _word(answer: dict[str, Any]) -> str:
    """What became of an event, as the gateway's answer says it."""
    return "known already" if answer.get("duplicate") else str(answer.get("status", "accepted"))
