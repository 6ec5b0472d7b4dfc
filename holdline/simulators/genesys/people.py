"""Members of queues and skills of users over the platform API, as they are read and changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.genesys.centre import Agent, Centre
from holdline.simulators.genesys.door import Door
from holdline.simulators.genesys.errors import bad_request, not_found
from holdline.simulators.genesys.listing import listing
from holdline.simulators.genesys.named import Named
from holdline.simulators.genesys.world import World
from holdline.simulators.ledger import Ledger, request_id

QUEUES, USERS = "/api/v2/routing/queues", "/api/v2/users"
VIEW, MANAGE, ASSIGN, SKILLS = (
    "routing:queue:view",
    "routing:queueMember:manage",
    "routing:skill:assign",
    "routing:skill:view",
)
_MOST = 100

Body = dict[str, Any]
Kept = TypeVar("Kept", bound=Named)


class Members:
    """The paths of a queue's members; each order is committed to the ledger with those it changed."""

    def __init__(self, world: Callable[[], World], ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger

    def paths(self, door: Door) -> list[BaseRoute]:
        """Every path with its permission."""
        return [
            Path(f"{QUEUES}/{{id}}/members", door.guard(self._patch, MANAGE), methods=["PATCH"]),
            Path(f"{QUEUES}/{{id}}/members", door.guard(self._members, VIEW), methods=["GET"]),
        ]

    @property
    def _centre(self) -> Centre:
        return self._world().centre

    async def _members(self, request: Request) -> Body:
        return self._listed(request, found(self._world().queues, request.path_params["id"], "queue").id)

    def _listed(self, request: Request, queue: str) -> Body:
        """A page of members; this listing names no count of pages."""
        members = sorted(self._centre.members[queue].items(), key=lambda member: self._centre.agents[member[0]].name)
        page = listing(request, members, lambda member: member_body(self._centre.agents[member[0]], queue, member[1]))
        return {name: value for name, value in page.items() if name not in ("pageCount", "total", "lastUri")}

    async def _patch(self, request: Request) -> Body:
        body = await json_list(request)
        queue = found(self._world().queues, request.path_params["id"], "queue")
        members = self._centre.members[queue.id]
        wanted = {str(each.get("id")): each.get("joined") is True for each in body}
        changed = [id for id, joined in wanted.items() if id in members and members[id] != joined]
        members.update({id: wanted[id] for id in changed})
        kind = "members.changed" if changed else "members.unchanged"
        joined = {self._centre.agents[id].name: wanted[id] for id in changed}
        caller = request_id(request.scope)
        self._ledger.commit(kind, queue.id, caller, queue_id=queue.id, queue=queue.name, joined=joined)
        return self._listed(request, queue.id)


class Skills:
    """The paths of users and their skills; each change is committed to the ledger."""

    def __init__(self, world: Callable[[], World], ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger

    def paths(self, door: Door) -> list[BaseRoute]:
        """Every path with its permission."""
        held = f"{USERS}/{{id}}/routingskills"
        return [
            Path("/api/v2/routing/skills/{id}", door.guard(self._skill, SKILLS), methods=["GET"]),
            Path(f"{held}/bulk", door.guard(self._patch, ASSIGN), methods=["PATCH"]),
            Path(f"{held}/{{skill}}", door.guard(self._delete, ASSIGN), methods=["DELETE"]),
            Path(held, door.guard(self._held), methods=["GET"]),
            Path(USERS, door.guard(self._users), methods=["GET"]),
        ]

    @property
    def _centre(self) -> Centre:
        return self._world().centre

    async def _skill(self, request: Request) -> Body:
        skill = found(self._centre.skills, request.path_params["id"], "skill")
        return {"id": skill.id, "name": skill.name, "state": "active"}

    async def _users(self, request: Request) -> Body:
        asked = {id for each in request.query_params.getlist("id") for id in each.split(",")}
        users = [agent for agent in self._centre.agents.values() if not asked or agent.id in asked]
        return listing(request, users, lambda user: {"id": user.id, "name": user.name, "state": "active"})

    async def _held(self, request: Request) -> Body:
        return self._listed(request, self._user(request))

    def _user(self, request: Request) -> Agent:
        return found(self._centre.agents, request.path_params["id"], "user")

    def _listed(self, request: Request, user: Agent) -> Body:
        return listing(request, user.skills.items(), lambda held: self._skill_body(*held))

    def _skill_body(self, skill: str, proficiency: float) -> Body:
        known = self._centre.skills[skill]
        return {"id": known.id, "name": known.name, "proficiency": proficiency, "state": "active"}

    async def _patch(self, request: Request) -> Body:
        body = await json_list(request)
        user = self._user(request)
        given = {str(each.get("id")): float(each.get("proficiency") or 0) for each in body}
        for skill in given:
            found(self._centre.skills, skill, "skill")
        after = replace(user, skills={**user.skills, **given})
        self._written(request, user, after)
        return self._listed(request, after)

    async def _delete(self, request: Request) -> None:
        user, skill = self._user(request), request.path_params["skill"]
        if skill not in user.skills:
            raise not_found("skill", skill)
        self._written(request, user, replace(user, skills={k: v for k, v in user.skills.items() if k != skill}))

    def _written(self, request: Request, before: Agent, after: Agent) -> None:
        self._centre.agents[after.id] = after
        kind = "skills.unchanged" if after == before else "skills.changed"
        skills = {self._centre.skills[skill].name: level for skill, level in after.skills.items()}
        self._ledger.commit(kind, after.id, request_id(request.scope), user_id=after.id, user=after.name, skills=skills)


def found(known: dict[str, Kept], id: str, kind: str) -> Kept:
    """The one of this id. Raises GenesysError 404."""
    if id not in known:
        raise not_found(kind, id)
    return known[id]


def member_body(agent: Agent, queue: str, joined: bool) -> Body:
    """A QueueMember."""
    uri = f"{QUEUES}/{queue}/members/{agent.id}"
    user = {"id": agent.id, "name": agent.name}
    return {"id": agent.id, "name": agent.name, "user": user, "joined": joined, "memberBy": "user", "selfUri": uri}


async def json_list(request: Request) -> list[Body]:
    """The list of objects that a request carries, at most 100. Raises GenesysError 400."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise bad_request("The body is no JSON.") from None
    if not isinstance(body, list) or len(body) > _MOST or not all(isinstance(each, dict) for each in body):
        raise bad_request(f"The body must be a list of at most {_MOST} objects.")
    return body
