"""Secrets and telephone numbers run through incidents that fail in many ways, and are found nowhere afterwards."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowHistory

from holdline.domain.lifecycle import State
from holdline.simulators.faults import Fault, FaultKind, Match
from tests.endtoend import leaks
from tests.endtoend.canaries import ALICE, CALLER, SECRETS, STRANGER
from tests.endtoend.configuration import Plan
from tests.endtoend.incidents import workflow_id
from tests.endtoend.rig import Rig, rigged
from tests.endtoend.sender import Outcome

SPOKEN = "+49 176 1234 5678"
"""The caller's number as people write it."""


@dataclass(frozen=True)
class Left:
    """A rig whose processes have ended, with the histories it had."""

    rig: Rig
    histories: list[WorkflowHistory]


@pytest.fixture(scope="module")
async def left(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Left]:
    """Run incidents that are paged, texted, refused and garbled, with the log at its most talkative."""
    plan = Plan(sites=4, log_level="debug", attempts=2, linger="1s")
    async with rigged(tmp_path_factory.mktemp("canaries"), plan) as rig:
        rig.aim()
        await _refused(rig)
        await asyncio.gather(_told_by_a_caller(rig), _refused_by_both(rig), _garbled(rig))
        await _credential_gone(rig)
        histories = await rig.incidents.histories()
        await rig.stop()
        yield Left(rig, histories)


async def _refused(rig: Rig) -> None:
    """What is unsigned, altered, not understood or not for us, each with canaries inside."""
    body = json.dumps({"caller": CALLER, "key": SECRETS["twilio"], "text": f"call {SPOKEN}"}).encode()
    wrong = {"x-holdline-signature": f"t=1,v1={SECRETS['own-events']}"}
    bearer = {"authorization": f"Bearer {SECRETS['genesys-events']}"}
    altered = {"authorization": f"Bearer {SECRETS['genesys-events']}x"}
    tries = [
        await rig.sender.send("unsigned", body, headers=wrong),
        await rig.sender.send("altered", body, "/v1/events/genesys", altered),
        await rig.sender.send("not-found", body, f"/{SECRETS['pagerduty-token']}", wrong),
    ]
    assert [Outcome.REFUSED] * 3 == [each.outcome for each in tries]
    kept = [
        await rig.sender.send("drifted", body),
        await rig.sender.send("drifted-envelope", body, "/v1/events/genesys", bearer),
        await rig.sender.send("no-json", f"{{{SECRETS['own-events']} {CALLER}".encode()),
    ]
    assert [Outcome.ACCEPTED] * 3 == [each.outcome for each in kept]
    rig.sandbox.twilio.reply(STRANGER, f"ACK ABCDEF please call {SPOKEN}")
    rig.sandbox.twilio.reply(ALICE, f"my password is {SECRETS['twilio']}")


async def _told_by_a_caller(rig: Rig) -> None:
    """An event whose words hold numbers; nobody acknowledges, so a text is sent, and answered with its code."""
    place = rig.site()
    rig.degrade(place)
    event = rig.sender.event(place, reason=f"{SPOKEN} says that {CALLER} and tel:{ALICE} hear nothing")
    fields = {**json.loads(event.body(datetime.now(UTC))), "caller": CALLER, "ani": CALLER}
    sent = await rig.sender.send(event.id, json.dumps(fields).encode())
    assert Outcome.ACCEPTED is sent.outcome
    story = await rig.incidents.says(place, "NOBODY ACKNOWLEDGED")
    rig.sandbox.twilio.reply(ALICE, f"ACK {story.ack_code} from {SPOKEN}")
    await rig.incidents.says(place, "alice has it")
    rig.heal(place)
    await rig.incidents.ends(place)


async def _refused_by_both(rig: Rig) -> None:
    """Both channels of the first tier refuse."""
    place = rig.site()
    rig.degrade(place)
    event = rig.sender.event(place)
    for target, simulator in (("pagerduty:primary", rig.sandbox.pagerduty), ("sms:alice", rig.sandbox.twilio)):
        rig.faults(simulator).aim(rig.caller(event, "page.tier 1.1", target), _refusal())
    await rig.sender.deliver(event)
    await rig.incidents.says(place, "NOBODY ACKNOWLEDGED")
    rig.heal(place)
    await rig.incidents.ends(place)


def _refusal() -> Fault:
    return Fault(kind=FaultKind.STATUS, status=400, match=Match(method="POST"))


async def _garbled(rig: Rig) -> None:
    """A route that cannot be changed: every answer to a write is lost."""
    place = rig.site()
    path = f"/api/v2/telephony/providers/edges/sites/{place.site_id}/outboundroutes/{place.route_id}"
    match = Match(method="PUT", path=path)
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.TRUNCATE, times=2, match=match))
    await rig.fails(place)
    await rig.incidents.reaches(place, State.HANDED_OVER)
    rig.heal(place)
    await rig.incidents.ends(place)


async def _credential_gone(rig: Rig) -> None:
    """The Genesys credential is replaced by a wrong one, and the token revoked."""
    place = rig.site()
    secret = rig.folder / "secrets" / "genesys-client"
    right = secret.read_text(encoding="utf-8")
    secret.write_text(SECRETS["twilio"], encoding="utf-8")
    rig.sandbox.genesys.revoke_tokens()
    await rig.fails(place)
    await rig.incidents.reaches(place, State.HANDED_OVER)
    secret.write_text(right, encoding="utf-8")
    rig.heal(place)
    await rig.incidents.ends(place)


async def test_nothing_in_files(left: Left) -> None:
    """No secret and no telephone number is in Temporal's database, the journal, a log or a trace."""
    assert [] == leaks.search(leaks.files(left.rig), leaks.canaries(left.rig))


async def test_nothing_in_histories(left: Left) -> None:
    """No secret and no telephone number is in a workflow history, whether its payloads are decoded or not."""
    assert [] == leaks.search(leaks.decoded(left.histories), leaks.canaries(left.rig))


async def test_nothing_in_answers(left: Left) -> None:
    """The gateway repeats no secret and no telephone number to whoever sends it one."""
    assert [] == leaks.search(leaks.answers(left.rig), leaks.canaries(left.rig))


async def test_the_search_finds(left: Left) -> None:
    """The search sees what is there: a trunk in the databases, the spans and the histories, in base64 too."""
    place = left.rig.sandbox.genesys.world.places[0]
    found = {leak.place.removesuffix("-wal") for leak in leaks.search(leaks.files(left.rig), [place.primary_trunk_id])}
    assert {"data/journal.db", "data/temporal.db", "worker-spans.jsonl"} <= found
    history = [each for each in left.histories if each.workflow_id == workflow_id(place)]
    forms = {leak.form.partition(",")[0] for leak in leaks.search(leaks.decoded(history), [place.primary_trunk_id])}
    assert {"as it is", "in base64"} <= forms


async def test_the_canaries_were_there(left: Left) -> None:
    """The canaries went where they belong: the vendors were given each credential and the contact's number."""
    sandbox = left.rig.sandbox
    assert ALICE in {row["to"] for row in sandbox.twilio.ledger.of("sms.created")}
    assert {SECRETS["primary"]} == {row["routing_key"] for row in sandbox.pagerduty.ledger.of("page.triggered")}
    assert sandbox.genesys.tokens._issued
