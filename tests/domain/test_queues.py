"""Which queue takes which action."""

from holdline.domain import queues
from holdline.domain.change import ActionKind


def test_only_the_webhook_has_a_queue_of_its_own() -> None:
    """Every other action is done at Genesys, on its budget."""
    taken = {action: queues.queue_of(action) for action in ActionKind}
    assert queues.WEBHOOKS == taken.pop(ActionKind.CALL_WEBHOOK)
    assert {queues.GENESYS} == set(taken.values())
