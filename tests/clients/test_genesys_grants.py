"""What the roles of the caller grant."""

from typing import Any

import pytest

from holdline.ports import Call, CredentialsRefused
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted

CALL = Call(request_id="request-1", effect="preflight:genesys")
TELEPHONY = ("telephony:plugin:all",)
READ = ["GET /api/v2/authorization/subjects/me"]


def policy(domain: str, entity: str, *actions: str) -> dict[str, Any]:
    """A policy as Genesys writes it."""
    return {"domain": domain, "entityName": entity, "actions": actions}


@pytest.mark.parametrize(
    "grants",
    [
        [{"role": {"id": "r", "policies": [policy("telephony", "plugin", "all")]}}],
        [{"role": {"id": "r", "policies": [policy("telephony", "*", "*")]}}],
        [{"role": {"id": "r", "policies": None}}, {"role": {"policies": [policy("telephony", "plugin", "all", "x")]}}],
    ],
)
async def test_a_grant_of_any_role_counts(grants: list[dict[str, Any]]) -> None:
    """A star stands for everything of its domain; a role may have no policies."""
    async with scripted(TOKEN, answer(200, {"id": "me", "grants": grants})) as script, elsewhere(script.url) as client:
        await client.grants.prove(TELEPHONY, CALL)
        assert READ == script.paths[1:]


async def test_one_of_several_is_enough() -> None:
    """Where Genesys lists alternatives, either will do."""
    grants = [{"role": {"policies": [policy("routing", "queue", "edit")]}}]
    async with scripted(TOKEN, answer(200, {"id": "me", "grants": grants})) as script, elsewhere(script.url) as client:
        await client.grants.prove(("routing:queueMember:manage or routing:queue:edit",), CALL)
        assert READ == script.paths[1:]


@pytest.mark.parametrize(
    "grants",
    [
        None,
        [],
        [{"role": None}],
        [{"role": {"id": "r", "policies": [policy("telephony", "plugin", "view")]}}],
        [{"role": {"id": "r", "policies": [policy("routing", "*", "*")]}}],
    ],
)
async def test_what_is_not_granted_is_lacking(grants: list[dict[str, Any]] | None) -> None:
    """Another action, another domain, no role and nothing at all."""
    async with scripted(TOKEN, answer(200, {"id": "me", "grants": grants})) as script, elsewhere(script.url) as client:
        with pytest.raises(CredentialsRefused, match="lacks telephony:plugin:all"):
            await client.grants.prove(TELEPHONY, CALL)
