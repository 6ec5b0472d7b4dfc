"""The floor of the storm: bare Starlette and uvicorn that verify the same signature and answer, and keep nothing."""

import socket
from datetime import UTC, datetime, timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.storm_requests import SECRET
from holdline.gateway.authentic import Delivery, Refused
from holdline.gateway.signing import verify

_WINDOW = timedelta(minutes=5)


async def events(request: Request) -> Response:
    """Verify and answer."""
    delivery = Delivery(await request.body(), request.scope["headers"])
    if isinstance(verify(delivery, [SECRET.encode()], datetime.now(UTC), _WINDOW), Refused):
        return Response(status_code=401)
    return JSONResponse({"status": "accepted"}, 202)


def main() -> None:
    """Serve until SIGTERM; the one line printed is the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        print(listener.getsockname()[1], flush=True)
        app = Starlette(routes=[Route("/v1/events", events, methods=["POST"])])
        config = uvicorn.Config(
            app, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="warning"
        )
        uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
