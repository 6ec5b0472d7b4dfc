"""Asking a middleware for capacity, and giving it back."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from holdline.clients.middleware import Webhook, Webhooks
from holdline.clients.network import Network
from holdline.domain.change import ActionKind
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule, Level
from holdline.gateway.authentic import Delivery, Verified
from holdline.gateway.signing import verify
from holdline.ports import Call, Conflict, CredentialsRefused, OutcomeUnknown, Rejected, VendorError
from holdline.simulators.faults import Fault, FaultKind, Match
from tests.clients.scripted import Prepared, answer, scripted
from tests.contracts.rig import PATIENT, Rig
from tests.contracts.test_trunks import CALL
from tests.contracts.test_webhooks import ORDER

SALES = Entity(kind=EntityKind.QUEUE, id="q1", name="Sales")
RULE = ActionRule(do=ActionKind.CALL_WEBHOOK, webhook="capacity", on=Level.WARNING)
PLANNING = Call(request_id="request-1", effect="incident/queue_overflow/q1:1:plan.2:call_webhook")


async def test_the_plan_is_the_order(rig: Rig) -> None:
    """Both ways are said in words; the incident is the same in each attempt, so the plan is as well."""
    plan = await rig.patient.webhooks.plan(RULE, SALES, PLANNING)
    (step,) = plan.steps
    assert ORDER == step.change(ORDER.effect)
    assert "webhook capacity: capacity down again for queue Sales" == step.back
    again = PLANNING.model_copy(update={"effect": PLANNING.effect.replace("plan.2", "plan.3")})
    assert plan.digest == (await rig.patient.webhooks.plan(RULE, SALES, again)).digest


async def test_capacity_goes_up_and_down_again(rig: Rig) -> None:
    """Two orders with keys of their own; each is folded with its repetitions."""
    back = ORDER.inverse("revert", "back")
    orders = [await rig.patient.webhooks.change(change, CALL) for change in (ORDER, ORDER, back, back)]
    assert [False, True, False, True] == [receipt.adopted for receipt in orders]
    assert ["order order-1", "order order-1", "order order-2", "order order-2"] == [each.proof for each in orders]
    assert {"q1": 0} == rig.sandbox.middleware.capacity


async def test_a_webhook_that_nobody_configured_is_refused(rig: Rig) -> None:
    """The sentence names those that there are."""
    other = RULE.model_copy(update={"webhook": "other"})
    with pytest.raises(Rejected, match="no webhook is called 'other'; those configured are: capacity"):
        await rig.patient.webhooks.plan(other, SALES, PLANNING)


async def test_a_conflict_is_somebody_elses_decision(rig: Rig) -> None:
    """A 409 is not repeated."""
    match = Match(method="POST", path="/hooks/capacity")
    rig.sandbox.middleware.faults.add(Fault(kind=FaultKind.STATUS, status=409, match=match))
    with pytest.raises(Conflict, match="somebody else"):
        await rig.patient.webhooks.change(ORDER, CALL)
    assert [] == rig.sandbox.middleware.ledger


async def ordered(*answers: Prepared, secret: str = "a secret of the hook") -> tuple[list[bytes], VendorError | None]:
    """Order at a middleware that gives these answers; what it was sent, and what went wrong."""
    async with scripted(*answers) as script:
        hooks = Webhooks({"capacity": Webhook(f"{script.url}/a{{b}}/c", lambda: secret)}, Network(limits=PATIENT))
        error: VendorError | None = None
        try:
            await hooks.change(ORDER, CALL)
        except VendorError as failure:
            error = failure
        await hooks.aclose()
        return script.requests, error


async def test_the_call_is_signed_and_carries_its_key() -> None:
    """Our own verification accepts the signature over the body as it was sent; the path is the configured one."""
    (request,), error = await ordered(answer(200, {"accepted": True, "id": "o1"}))
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    headers = [(name.lower(), value) for name, _, value in lines]
    delivery = Delivery(body=body, headers=headers)
    assert isinstance(verify(delivery, [b"a secret of the hook"], datetime.now(UTC), timedelta(minutes=1)), Verified)
    assert (None, b"POST /a%7Bb%7D/c HTTP/1.1") == (error, head.split(b"\r\n")[0])
    assert (b"idempotency-key", ORDER.effect.encode()) in headers
    assert {
        "action": "scale",
        "direction": "up",
        "incident": "incident/queue_overflow/q1:1",
        "entity": {"kind": "queue", "id": "q1", "name": "Sales"},
        "level": "warning",
    } == json.loads(body)


async def test_only_an_answer_with_an_id_is_a_receipt() -> None:
    """Accepted without an id is in doubt; not accepted is a refusal with its reason."""
    _, doubt = await ordered(answer(200, {"accepted": True}))
    assert OutcomeUnknown is type(doubt)
    _, refusal = await ordered(answer(200, {"accepted": False, "reason": "the contract ends here"}))
    assert (Rejected, True) == (type(refusal), "the contract ends here" in str(refusal))


async def test_a_secret_that_is_not_there_sends_nothing() -> None:
    """It is a credential that is missing, not a middleware that fails."""
    requests, error = await ordered(answer(200, {}), secret="")
    assert ([], CredentialsRefused) == (requests, type(error))
