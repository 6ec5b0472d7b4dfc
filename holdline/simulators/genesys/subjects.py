"""Who the caller is and what its role allows: `GET /api/v2/authorization/subjects/me`."""

from itertools import groupby
from typing import Any

from starlette.requests import Request

from holdline.simulators.genesys.tokens import Token
from holdline.simulators.settings import OAuthClient

_HOME = "00000000-0000-0000-0000-00000000d001"


async def me(request: Request) -> dict[str, Any]:
    """The subject of the token with one role in the home division."""
    token: Token = request.state.token
    client = token.client
    role = {"id": f"role-{client.id}", "name": client.name, "policies": _policies(client), "default": False}
    division = {"id": _HOME, "name": "Home", "homeDivision": True}
    grant = {"subjectId": client.id, "division": division, "role": role}
    return {"id": client.id, "name": client.name, "grants": [grant], "version": 1}


def _policies(client: OAuthClient) -> list[dict[str, Any]]:
    """One policy for each entity, as a role lists them."""
    parts = sorted(tuple(permission.split(":")) for permission in client.permissions)
    return [
        {"domain": domain, "entityName": entity, "actions": [each[2] for each in group]}
        for (domain, entity), group in groupby(parts, key=lambda each: (each[0], each[1]))
    ]
