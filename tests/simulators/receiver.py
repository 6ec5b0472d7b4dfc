"""A webhook receiver on a real socket: keeps what it gets, and refuses as often as it is told to."""

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from holdline.simulators.server import Serving, serve


@dataclass(frozen=True)
class Post:
    """One webhook request."""

    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The fields of a form body."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Receiver:
    """Answers 204, or 503 for as many requests as `refuse` says."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.refuse = 0
        self._arrived = asyncio.Condition()
        self._serving: Serving | None = None
        self.url = ""

    async def open(self) -> None:
        """Start listening."""
        app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])
        self._serving = await serve(app, "127.0.0.1", 0)
        self.url = f"{self._serving.url}/hook"

    async def _take(self, request: Request) -> Response:
        post = Post(dict(request.headers), await request.body())
        async with self._arrived:
            self.posts.append(post)
            self._arrived.notify_all()
        refused = self.refuse > 0
        self.refuse -= int(refused)
        return Response(status_code=503 if refused else 204)

    async def at_least(self, count: int) -> list[Post]:
        """Wait until so many requests have come."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.posts) >= count)
        return self.posts

    async def close(self) -> None:
        """Stop listening."""
        if self._serving is not None:
            await self._serving.stop()
