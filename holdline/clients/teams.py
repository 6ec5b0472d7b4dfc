"""Teams: a card to a room by the webhook of a workflow. 202 means taken, and nobody tells whether it was posted.

https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from holdline.clients.exchange import Ask, Exchange
from holdline.clients.network import USUAL, Network
from holdline.clients.plain import links
from holdline.clients.secret import Reader, reveal
from holdline.clients.teams_card import message
from holdline.clients.wire import Endpoint, Wire
from holdline.domain.address import is_workflow
from holdline.domain.text import clean
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    Notice,
    OutcomeUnknown,
    Receipt,
    Rejected,
    VendorError,
)

VENDOR: Final = "Teams"

_SHORT: Final = 8
_GONE: Final = frozenset({404, 410})
_CONTENT: Final = frozenset({400, 413})


class Teams:
    """The port Notices. `rooms` gives each name the address of its workflow, which is as good as a token.

    `ours` is the gateway's public address: only links to it become buttons.
    """

    def __init__(self, *, rooms: Mapping[str, Reader], ours: str = "", network: Network = USUAL) -> None:
        self._rooms = rooms
        self._ours = ours
        self._network = network
        self._wires: dict[str, Wire] = {}

    async def send(self, notice: Notice) -> Receipt:
        """Hand a card over to the room's workflow. The receipt is our own mark: the workflow names none."""
        address = await self._address(notice.to)
        parts = urlsplit(address)
        segments = {f"part{number}": unquote(each) for number, each in enumerate(parts.path.strip("/").split("/"))}
        ask = Ask(
            method="POST",
            route="".join(f"/{{{name}}}" for name in segments),
            parts=segments,
            expect=202,
            empty=True,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            json=message(notice, self._ours),
            hide=(*_secret_parts(address), *links(notice, self._ours)),
        )
        await self._wire(f"{parts.scheme}://{parts.netloc}").attempt(notice).order(ask)
        return Receipt(id=f"{notice.to}:{notice.tag}")

    async def find(self, notice: Notice) -> Receipt | None:
        """A workflow cannot be asked what it has posted."""
        raise OutcomeUnknown(VENDOR, f"nobody can look whether the card for {clean(notice.to)} was posted")

    async def update(self, notice: Notice) -> Receipt:
        """A workflow posts, and cannot replace what it has posted."""
        raise Rejected(VENDOR, f"a card in {clean(notice.to)} cannot be replaced; send another one")

    async def _address(self, room: str) -> str:
        if room not in self._rooms:
            known = ", ".join(sorted(self._rooms)) or "none"
            raise Misconfigured(VENDOR, f"no room is called {clean(room)!r}; those configured are: {known}")
        address = await reveal(VENDOR, f"address of the workflow for {room}", self._rooms[room])
        if not is_workflow(address):
            raise CredentialsRefused(VENDOR, f"the address of the workflow for {room} is no address; copy it anew")
        return address

    def _wire(self, origin: str) -> Wire:
        """The wire to a host; the workflows of an organisation are usually behind one."""
        if origin not in self._wires:
            endpoint = Endpoint(
                vendor=VENDOR,
                credential="address of the workflow",
                url=origin,
                network=self._network,
                judge=verdict,
            )
            self._wires[origin] = Wire(endpoint, reuse=False)
        return self._wires[origin]

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - asking would post a card
        """Read the address of every room; whether the workflow behind it lives, only a card can tell."""
        for room in self._rooms:
            await self._address(room)

    async def aclose(self) -> None:
        """Close the connections."""
        for wire in self._wires.values():
            await wire.aclose()


def _secret_parts(address: str) -> tuple[str, ...]:
    """What must not be repeated of an address: all of it, and whatever in it is long enough to be a key."""
    parts = urlsplit(address)
    values = (value for _, value in parse_qsl(parts.query) if len(value) > _SHORT)
    return address, parts.path, parts.query, *values


def verdict(exchange: Exchange, said: str) -> VendorError | None:
    """What a trigger's own refusals mean; any other answer follows the general rules."""
    if exchange.status in _GONE:
        gone = f"the workflow of this room is not there any more ({exchange.status}{said}); make a new one"
        return Misconfigured(VENDOR, gone)
    if exchange.status in _CONTENT:
        return Invalid(VENDOR, f"the workflow refused the card ({exchange.status}{said})")
    return None
