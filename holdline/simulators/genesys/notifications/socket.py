"""The WebSocket behind a channel: what is published goes out, heartbeats go out, a ping is answered."""

import asyncio
import contextlib
import json
from datetime import timedelta

from starlette.websockets import WebSocket, WebSocketDisconnect

from holdline.simulators.clock import now
from holdline.simulators.genesys.notifications.channels import HEARTBEAT, Channel, Channels, Line


class Socket:
    """Serves the sockets of all channels; the secret in the path is the only proof."""

    def __init__(self, channels: Channels, heartbeat: timedelta) -> None:
        self._channels = channels
        self._heartbeat = heartbeat

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one socket to its end."""
        channel = self._channels.at(websocket.path_params["secret"])
        if channel is None:
            await websocket.close()
            return
        await websocket.accept()
        line = channel.attach()
        speaking = asyncio.create_task(self._speak(websocket, channel, line))
        hearing = asyncio.create_task(self._hear(websocket, channel))
        try:
            await asyncio.wait((speaking, hearing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            channel.detach(line)
            for task in (speaking, hearing):
                task.cancel()
            await asyncio.gather(speaking, hearing, return_exceptions=True)

    async def _speak(self, websocket: WebSocket, channel: Channel, line: Line) -> None:
        while True:
            word = await self._next(channel, line)
            if word == Line.DROPPED:
                websocket.scope["state"]["transport"].abort()
                return
            if isinstance(word, int):
                await websocket.close(word)
                return
            await websocket.send_text(word)

    async def _next(self, channel: Channel, line: Line) -> str | int:
        """What to send next; a heartbeat is due when nothing else was for so long, and a channel ends some day."""
        while True:
            left = min(self._heartbeat, max(timedelta(0), channel.expires - now()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left.total_seconds()):
                    return await line.out.get()
            if channel.expires <= now():
                self._channels.close(channel)
            else:
                channel.say(HEARTBEAT, {"message": "WebSocket Heartbeat"})

    async def _hear(self, websocket: WebSocket, channel: Channel) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                if _is_ping(await websocket.receive_text()):
                    channel.say(HEARTBEAT, {"message": "pong"})


def _is_ping(text: str) -> bool:
    try:
        said = json.loads(text)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("message") == "ping"
