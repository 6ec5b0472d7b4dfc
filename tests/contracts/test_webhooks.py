"""The contract of calling a middleware."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.change import ActionKind, Change
from tests.contracts.contract import ClientContract, Story
from tests.contracts.rig import Rig
from tests.contracts.test_trunks import CALL

ORDER = Change(
    action=ActionKind.CALL_WEBHOOK,
    target="capacity/q1",
    label="webhook capacity: capacity up for queue Sales",
    expected=("down",),
    wanted=("up",),
    parameters={"incident": "incident/queue_overflow/q1:1", "kind": "queue", "name": "Sales", "level": "warning"},
    effect="incident/queue_overflow/q1:1:call_webhook:capacity/q1",
)


class TestCallingAWebhook(ClientContract):
    """Asking for capacity, where the call goes wrong."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Ask for capacity."""
        return Story(
            simulator=rig.sandbox.middleware,
            method="POST",
            path="/hooks/capacity",
            act=lambda clients: clients.webhooks.change(ORDER, CALL),
            counted=lambda: len(rig.sandbox.middleware.ledger.of("capacity.changed")),
        )
