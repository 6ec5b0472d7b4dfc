"""Ports that nobody uses, below those that the system gives to outgoing connections: nothing takes them meanwhile."""

import secrets
import socket
from contextlib import ExitStack
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_UNCLAIMED: Final = range(20_000, 32_000)
_TRIES: Final = 20


def free_port(host: str = LOOPBACK) -> int:
    """A port of this host. Raises OSError where the host is none of this machine."""
    (found,) = free_ports(1, host)
    return found


def free_ports(count: int, host: str = LOOPBACK) -> list[int]:
    """So many; all of them are held until the last one is found, so that none comes twice."""
    with ExitStack() as held:
        return [held.enter_context(_taken(host)).getsockname()[1] for _ in range(count)]


def _taken(host: str) -> socket.socket:
    """One of twenty chosen at random, or else what the system gives."""
    for port in secrets.SystemRandom().sample(_UNCLAIMED, _TRIES):
        try:
            return socket.create_server((host, port))
        except OSError:
            continue
    return socket.create_server((host, 0))
