"""What every simulator has: an app with a front, a ledger, faults, outgoing deliveries and `/_sim`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from holdline.simulators.control import Misuse, fault_controls, misused, record_controls, reset_control
from holdline.simulators.courier import Courier
from holdline.simulators.faults import Faults
from holdline.simulators.front import Front
from holdline.simulators.ledger import Ledger, RequestLog
from holdline.simulators.settings import Retries


class Simulator(ABC):
    """A vendor in memory. `app` is the ASGI app to serve; the rest may be read and changed while it runs."""

    issues_tokens: ClassVar[bool] = False

    def __init__(self, retries: Retries) -> None:
        self.ledger = Ledger()
        self.requests = RequestLog()
        self.faults = Faults(tokens=self.issues_tokens)
        self.courier = Courier(retries)

    @abstractmethod
    def routes(self) -> list[BaseRoute]:
        """The vendor's own paths."""

    @abstractmethod
    def controls(self) -> list[BaseRoute]:
        """What this vendor's world adds below `/_sim`."""

    @abstractmethod
    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """An error worded as the vendor does on this path."""

    @abstractmethod
    def restore(self) -> None:
        """Put the vendor's world back to its start."""

    @abstractmethod
    def stop(self) -> None:
        """End what the vendor does by itself: timeouts, repetitions, messages on their way."""

    def revoke_tokens(self) -> None:  # noqa: B027 (most vendors issue no tokens)
        """Void every access token; nothing to do where there are none."""

    @property
    def app(self) -> ASGIApp:
        """The simulator as an ASGI app, with its faults in front."""
        records = record_controls(self.ledger, self.requests, self.courier)
        common = [*records, *fault_controls(self.faults), reset_control(self.reset)]
        controls = Mount("/_sim", routes=[*common, *self.controls()])
        handlers: Mapping[Any, Any] = {Misuse: misused, HTTPException: self._unrouted}
        inner = Starlette(routes=[controls, *self.routes()], exception_handlers=handlers)
        inner.router.redirect_slashes = False
        return Front(inner, self.faults, self.requests, self.refusal, self.revoke_tokens)

    async def _unrouted(self, request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith("/_sim"):
            return await misused(request, Misuse(f"{request.url.path} takes no {request.method}.", error.status_code))
        return self.refusal(request.url.path, error.status_code, None)

    def reset(self) -> None:
        """World, ledger, request log, faults, pending webhooks back to the start; tokens and targets stay."""
        self.faults.clear()
        self.courier.drop()
        self.restore()
        self.ledger.clear()
        self.requests.clear()

    async def close(self) -> None:
        """Let go of every connection held and give up what is under way."""
        self.faults.clear()
        self.stop()
        await self.courier.close()
