"""A sender of storms: one process, many kept connections, one request at a time on each; prints what it saw."""

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from benchmarks.storm_requests import requests

CONNECTIONS = 128
# A server that says nothing for so many seconds says nothing any more.
_PATIENCE = 30.0


@dataclass(frozen=True)
class Seen:
    """How a storm went. Latencies in milliseconds, from writing a request to its whole head of an answer."""

    events: int
    accepted: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


class Line:
    """One connection and the moment its request was written."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0

    def send(self, request: bytes | None) -> None:
        """Write the next request, if there is one."""
        if request is not None:
            self.sent_at = time.perf_counter()
            self.socket.sendall(request)


def storm(port: int, prepared: list[bytes]) -> Seen:
    """Send everything and wait for every answer."""
    waiting: Iterator[bytes] = iter(prepared)
    latencies: list[float] = []
    accepted = 0
    with selectors.DefaultSelector() as selector:
        lines = [Line(port) for _ in range(CONNECTIONS)]
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        began = time.perf_counter()
        for line in lines:
            line.send(next(waiting, None))
        while len(latencies) < len(prepared):
            ready = selector.select(_PATIENCE)
            if not ready:
                raise ConnectionError("the server answers nobody")
            for key, _ in ready:
                accepted += _answered(key.data, latencies)
                key.data.send(next(waiting, None))
        seconds = time.perf_counter() - began
    latencies.sort()
    middle, last = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    return Seen(len(prepared), accepted, seconds, middle * 1000, last * 1000)


def _answered(line: Line, latencies: list[float]) -> int:
    """Read one answer, head and body; both sides send a short one."""
    data = line.socket.recv(65536)
    while b"}" not in data:
        more = line.socket.recv(65536)
        if not more:
            raise ConnectionError("the server hung up")
        data += more
    latencies.append(time.perf_counter() - line.sent_at)
    return data.count(b"HTTP/1.1 202")


if __name__ == "__main__":
    print(json.dumps(asdict(storm(int(sys.argv[1]), list(requests(int(sys.argv[2]), int(sys.argv[3])))))))
