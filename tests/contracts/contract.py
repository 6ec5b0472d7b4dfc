"""The suite that each client inherits: codes, faults, secrecy, cancellation, one effect for one key, deadlines."""

import asyncio
import socket
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import (
    Conflict,
    CredentialsRefused,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.simulator import Simulator
from tests.contracts.rig import Clients, Rig

Act = Callable[[Clients], Awaitable[object]]

Codes = Mapping[int, type[VendorError]]

FINAL: Codes = {
    400: Rejected,
    401: CredentialsRefused,
    403: CredentialsRefused,
    404: Rejected,
    405: Rejected,
    410: Rejected,
    413: Rejected,
    415: Rejected,
    422: Rejected,
    429: Throttled,
    301: Rejected,
    302: Rejected,
    307: Rejected,
}
"""What each of these codes means, to a read and to a write: nothing was processed."""

DOUBTFUL = (200, 201, 202, 204, 408, 500, 501, 502, 503, 504)
"""The codes that prove nothing: an error of the vendor's own, or a success without a receipt."""

SPOILT = [kind for kind in FaultKind if kind not in (FaultKind.LATENCY, FaultKind.TOKEN_REVOKED)]
"""The faults that cost the answer."""


async def _nothing(_: Clients) -> None:
    return None


@dataclass(frozen=True)
class Story:
    """One method of a port and the one request of it that goes wrong.

    `again` is what a caller does after an unknown outcome; `counted` replaces the length of the vendor's ledger where
    more than the effects of this method stand in it.
    """

    simulator: Simulator
    method: str
    path: str
    act: Act
    counted: Callable[[], int] | None = None
    again: Act | None = None
    prepare: Act = _nothing

    def effects(self) -> int:
        """What the vendor committed."""
        return self.counted() if self.counted else len(self.simulator.ledger)

    def order(self, kind: FaultKind, when: When = When.BEFORE, **more: object) -> None:
        """Spoil the request."""
        match = Match(method=self.method, path=self.path)
        self.simulator.faults.add(Fault.model_validate({"kind": kind, "when": when, "match": match, **more}))

    def asked(self) -> int:
        """How often the request reached the vendor."""
        match = Match(method=self.method, path=self.path)
        return sum(match.hits(each["method"], each["path"]) for each in self.simulator.requests)


def at_genesys(rig: Rig, method: str, path: str, act: Act) -> Story:
    """A story of one request to Genesys."""
    return Story(simulator=rig.sandbox.genesys, method=method, path=path, act=act)


class ClientContract:
    """What holds for each method of each client."""

    intent: ClassVar[Intent]
    final: ClassVar[Codes] = FINAL
    answers: ClassVar[frozenset[int]] = frozenset()
    """The codes that are an answer to this question, such as 404 where nothing need be there."""

    @pytest.fixture
    @abstractmethod
    async def story(self, rig: Rig) -> Story:
        """The method under test."""

    @property
    def lost(self) -> type[VendorError]:
        """The error of a lost answer."""
        return Unavailable if self.intent is Intent.READ else OutcomeUnknown

    @property
    def once(self) -> int:
        """The effects of one success."""
        return 0 if self.intent is Intent.READ else 1

    @pytest.mark.parametrize("status", FINAL)
    async def test_a_refusal_is_told_by_its_code(self, rig: Rig, story: Story, status: int) -> None:
        """A refused request raises its own error, and nothing was processed."""
        await story.prepare(rig.patient)
        story.order(FaultKind.STATUS, status=status, times=None)
        if status in self.answers:
            await story.act(rig.patient)
            return
        error = await failing(rig, story.act(rig.patient))
        assert self.final[status] is type(error)
        assert 0 == story.effects()

    @pytest.mark.parametrize("status", DOUBTFUL)
    async def test_a_doubtful_code_is_no_answer(self, rig: Rig, story: Story, status: int) -> None:
        """A read may be repeated after it; a write is in doubt."""
        await story.prepare(rig.patient)
        story.order(FaultKind.STATUS, status=status)
        error = await failing(rig, story.act(rig.patient))
        assert self.lost is type(error)

    async def test_a_version_conflict_is_no_overwriting(self, rig: Rig, story: Story) -> None:
        """A 409 says that somebody else was faster; a read has nothing to conflict with."""
        await story.prepare(rig.patient)
        story.order(FaultKind.STATUS, status=409, times=None)
        error = await failing(rig, story.act(rig.patient))
        assert (Rejected if self.intent is Intent.READ else Conflict) is type(error)
        assert 0 == story.effects()

    async def test_a_throttle_names_its_wait(self, rig: Rig, story: Story) -> None:
        """The vendor's wish is in the error as a duration, where it had one."""
        await story.prepare(rig.patient)
        story.order(FaultKind.STATUS, status=429, retry_after=42, times=None)
        error = await failing(rig, story.act(rig.patient))
        assert isinstance(error, Throttled)
        assert error.retry_after is None or 42 == error.retry_after.total_seconds()

    @pytest.mark.parametrize("when", When)
    @pytest.mark.parametrize("kind", SPOILT)
    async def test_a_spoilt_answer_is_never_a_success(
        self, rig: Rig, story: Story, kind: FaultKind, when: When
    ) -> None:
        """Whether it was committed before or not: no receipt, no success, and repeating it leaves one effect."""
        await story.prepare(rig.patient)
        story.order(kind, when, seconds=0.2 if kind is FaultKind.DRIP else 60)
        error = await failing(rig, story.act(rig.hasty))
        assert self.lost is type(error)
        await (story.again or story.act)(rig.patient)
        assert self.once == story.effects()

    async def test_a_slow_answer_that_comes_late_is_lost(self, rig: Rig, story: Story) -> None:
        """The vendor took it and answers after the deadline: that is an unknown outcome, not a failure."""
        await story.prepare(rig.patient)
        story.order(FaultKind.LATENCY, When.AFTER, seconds=60)
        error = await failing(rig, story.act(rig.hasty))
        assert self.lost is type(error)
        assert self.once == story.effects()

    async def test_a_slow_answer_within_the_deadline_counts(self, rig: Rig, story: Story) -> None:
        """Slow but succeeding is success."""
        await story.prepare(rig.patient)
        story.order(FaultKind.LATENCY, When.AFTER, seconds=0.05)
        await story.act(rig.patient)
        assert self.once == story.effects()

    async def test_the_same_key_twice_is_one_effect(self, rig: Rig, story: Story) -> None:
        """A caller that does not know of its success repeats, and nothing happens twice."""
        await story.prepare(rig.patient)
        await story.act(rig.patient)
        await (story.again or story.act)(rig.patient)
        assert self.once == story.effects()

    async def test_a_vendor_that_is_not_there_took_nothing(self, rig: Rig, story: Story) -> None:
        """A connection that was never made proves that nothing was processed, also to a write."""
        async with rig.elsewhere(f"http://127.0.0.1:{closed_port()}") as clients:
            error = await failing(rig, story.act(clients))
        assert Unavailable is type(error)

    async def test_a_name_that_nobody_knows_took_nothing(self, rig: Rig, story: Story) -> None:
        """Neither does a host name without an address."""
        async with rig.elsewhere("http://nowhere.invalid") as clients:
            error = await failing(rig, story.act(clients))
        assert Unavailable is type(error)

    async def test_cancellation_passes_through(self, rig: Rig, story: Story) -> None:
        """A cancelled call ends as cancelled, at once, and the client works on."""
        await story.prepare(rig.patient)
        story.order(FaultKind.HANG, seconds=60)
        already = story.asked()
        call = asyncio.ensure_future(story.act(rig.patient))
        while story.asked() == already:  # noqa: ASYNC110 - a request log has no event to wait for
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await story.act(rig.patient)
        assert self.once == story.effects()

    async def test_each_request_can_be_followed(self, rig: Rig, story: Story) -> None:
        """Every request carries the call's X-Request-ID, and a span of the trace with its route and its status."""
        await story.prepare(rig.patient)
        rig.watch.forget()
        story.simulator.requests.clear()
        await story.act(rig.patient)
        assert {"request-1"} == {each["request_id"] for each in story.simulator.requests}
        spans = [dict(span.attributes or {}) for span in rig.watch.spans()]
        assert len(story.simulator.requests) == len(spans)
        assert all("request-1" == each["holdline.request_id"] for each in spans)
        assert all("?" not in str(each["url.template"]) for each in spans)
        assert all(isinstance(each["http.response.status_code"], int) for each in spans)


async def failing(rig: Rig, call: Awaitable[object]) -> VendorError:
    """The error that a call ends with; it is heard, so that a canary in it is found."""
    with pytest.raises(VendorError) as caught:
        await call
    rig.watch.hear(caught.value)
    return caught.value


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
