"""Secrets change while the gateway runs: the new one is taken within seconds, the old one ends with the file."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from holdline.gateway.config import GatewayRefused
from holdline.gateway.fresh import Fresh
from holdline.gateway.reading import Source
from tests.gateway.events import OTHER, OWN, event, raw, signed, trunk
from tests.gateway.running import configured, eventually, nowhere, running

SHORT = timedelta(milliseconds=40)


class Spring:
    """A value that somebody changes, and counts who looks."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.looks = 0
        self.dry = False

    def __call__(self) -> str:
        self.looks += 1
        if self.dry:
            raise OSError("the file is gone")
        return self.value


async def test_a_change_is_seen() -> None:
    """No restart is needed."""
    spring = Spring("old")
    fresh = Fresh(spring, SHORT)
    assert "old" == await fresh.current()
    spring.value = "new"

    async def seen() -> bool:
        return await fresh.current() == "new"

    await eventually(seen)


async def test_a_value_in_use_is_not_read_each_time() -> None:
    """Reading may run a command, so many requests share one reading."""
    spring = Spring("a")
    fresh = Fresh(spring)
    assert {"a"} == set(await asyncio.gather(*(fresh.current() for _ in range(100))))
    assert 1 == spring.looks


async def test_many_who_wait_share_one_reading() -> None:
    """Also when it is too old."""
    spring = Spring("a")
    fresh = Fresh(spring, timedelta(0))
    await asyncio.gather(*(fresh.current() for _ in range(100)))
    assert spring.looks <= 3


async def test_while_it_cannot_be_read_the_last_one_stays() -> None:
    """Refusing what is authentic would lose it for good."""
    spring = Spring("a")
    fresh = Fresh(spring, timedelta(0))
    spring.dry = True
    assert "a" == await fresh.current()
    assert spring.looks >= 2


def test_without_a_first_reading_nothing_starts() -> None:
    """A gateway without its secrets would refuse everybody."""
    spring = Spring("a")
    spring.dry = True
    with pytest.raises(OSError, match="gone"):
        Fresh(spring)


async def test_a_secret_is_replaced_while_events_come(tmp_path: Path) -> None:
    """G8: with both live nothing is refused; when the old one goes it proves nothing any more."""
    path = tmp_path / "secrets"
    path.write_text(OWN)
    config = configured(tmp_path, secrets={Source.OWN: lambda: path.read_text().split()})
    async with running(config, await nowhere()) as gateway:

        async def status(secret: str) -> int:
            body = raw(event(trunk()))
            return (
                await gateway.http.post("/v1/events", content=body, headers=signed(body, secrets=(secret,)))
            ).status_code

        async def taken(secret: str) -> bool:
            return await status(secret) == 202

        async def refused() -> bool:
            return await status(OWN) == 401

        assert (202, 401) == (await status(OWN), await status(OTHER))
        path.write_text(f"{OTHER} {OWN}")
        await eventually(lambda: taken(OTHER))
        assert 202 == await status(OWN)
        path.write_text(OTHER)
        await eventually(refused)
        assert await gateway.counted("own", "verified", "secret 1") >= 1


@pytest.mark.parametrize(
    ("source", "secrets", "said"),
    [
        (Source.OWN, ("",), "too short"),
        (Source.OWN, ("short",), "at least 24 bytes"),
        (Source.GENESYS, ("a" * 23,), "at least 24 bytes"),
        (Source.PAGERDUTY, ("",), "at least one character"),
    ],
)
async def test_a_gateway_with_a_weak_secret_does_not_start(
    tmp_path: Path, source: Source, secrets: tuple[str, ...], said: str
) -> None:
    """A14: an empty secret would let everybody in."""
    with pytest.raises(GatewayRefused, match=said):
        async with running(configured(tmp_path, secrets={source: lambda: secrets}), await nowhere()):
            pass


async def test_a_gateway_whose_secret_cannot_be_read_does_not_start(tmp_path: Path) -> None:
    """The sentence says whose."""

    def gone() -> tuple[str, ...]:
        raise OSError("file:/run/secrets/x cannot be read")

    with pytest.raises(GatewayRefused, match=r"A secret of pagerduty cannot be read: file:/run/secrets/x"):
        async with running(configured(tmp_path, secrets={Source.PAGERDUTY: gone}), await nowhere()):
            pass
