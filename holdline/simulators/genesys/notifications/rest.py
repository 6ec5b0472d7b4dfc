"""`/api/v2/notifications`: channels are opened, listed, verified and subscribed; no permission is needed for that."""

from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.clock import millis
from holdline.simulators.genesys.door import Door
from holdline.simulators.genesys.errors import bad_request, not_found
from holdline.simulators.genesys.notifications.channels import MOST_TOPICS, Channel, Channels
from holdline.simulators.genesys.notifications.topics import TOPICS, judged
from holdline.simulators.genesys.tokens import Token

Body = dict[str, Any]
ROOT = "/api/v2/notifications"
SOCKET = "/notifications/{secret}"


class Wish(BaseModel):
    """One topic that is asked for."""

    model_config = ConfigDict(extra="ignore")

    id: str


WISHES = TypeAdapter(list[Wish])


class Notifications:
    """The REST side of the channels."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    def paths(self, door: Door) -> list[BaseRoute]:
        """Every path with its method."""
        subscriptions = f"{ROOT}/channels/{{id}}/subscriptions"
        return [
            Path(f"{ROOT}/availabletopics", door.guard(self._topics), methods=["GET"]),
            Path(f"{ROOT}/channels", door.guard(self._open), methods=["POST"]),
            Path(f"{ROOT}/channels", door.guard(self._listed), methods=["GET"]),
            Path(f"{ROOT}/channels/{{id}}", door.guard(self._alive), methods=["HEAD"]),
            Path(subscriptions, door.guard(self._subscribed), methods=["GET"]),
            Path(subscriptions, door.guard(self._replace), methods=["PUT"]),
            Path(subscriptions, door.guard(self._add), methods=["POST"]),
            Path(subscriptions, door.guard(self._remove), methods=["DELETE"]),
        ]

    async def _topics(self, _: Request) -> Body:
        return {"entities": [topic.body() for topic in TOPICS]}

    async def _open(self, request: Request) -> Body:
        return _channel(self._channels.open(request.state.token), request)

    async def _listed(self, request: Request) -> Body:
        token: Token = request.state.token
        return {"entities": [_channel(channel, request) for channel in self._channels.of(token.client.id)]}

    async def _alive(self, request: Request) -> None:
        self._found(request)

    async def _subscribed(self, request: Request) -> Body:
        return {"entities": list(self._found(request).topics.values())}

    async def _replace(self, request: Request) -> Body:
        return await self._subscribe(request, {})

    async def _add(self, request: Request) -> Body:
        return await self._subscribe(request, self._found(request).topics)

    async def _remove(self, request: Request) -> None:
        self._found(request).topics = {}

    async def _subscribe(self, request: Request, kept: dict[str, Body]) -> Body:
        channel, token = self._found(request), request.state.token
        asked = [judged(each, token.client.permissions) for each in await _wishes(request)]
        rejected = [each["id"] for each in asked if each["state"] == "Rejected"]
        if rejected and request.query_params.get("ignoreErrors") != "true":
            raise bad_request(f"The topics [{', '.join(rejected)}] cannot be subscribed to.")
        permitted = {each["id"]: each for each in asked if each["state"] == "Permitted"}
        if len(kept | permitted) > MOST_TOPICS:
            raise bad_request(f"A channel has at most {MOST_TOPICS} topics.")
        channel.topics = kept | permitted
        self._channels.extend(channel)
        return {"entities": asked}

    def _found(self, request: Request) -> Channel:
        token: Token = request.state.token
        channel = self._channels.known(request.path_params["id"], token.client.id)
        if channel is None:
            raise not_found("channel", request.path_params["id"])
        return channel


async def _wishes(request: Request) -> list[str]:
    try:
        wishes = WISHES.validate_json(await request.body())
    except ValidationError:
        raise bad_request("The body must be a list of objects with an id.") from None
    return list(dict.fromkeys(wish.id for wish in wishes))


def _channel(channel: Channel, request: Request) -> Body:
    scheme = "wss" if request.url.scheme == "https" else "ws"
    uri = f"{scheme}://{request.url.netloc}{SOCKET.format(secret=channel.secret)}"
    return {"id": channel.id, "connectUri": uri, "expires": millis(channel.expires)}
