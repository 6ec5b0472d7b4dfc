"""What every connection to a vendor is bound by: patience, size, trust, and where its spans go."""

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from opentelemetry.trace import TracerProvider
from pydantic import Field, model_validator

from holdline.clients.budgets import Budgets
from holdline.domain.frozen import Rule


class Limits(Rule):
    """The patience with each stage of a request and with a whole attempt; bodies in bytes.

    `attempt` spans everything a client does for one call of a port: a body that drips resets `read` with each byte,
    so only a deadline over the whole ends it.
    """

    connect: timedelta = timedelta(seconds=3)
    read: timedelta = timedelta(seconds=5)
    write: timedelta = timedelta(seconds=5)
    pool: timedelta = timedelta(seconds=2)
    attempt: timedelta = timedelta(seconds=8)
    body: int = Field(default=1_000_000, gt=0)
    connections: int = Field(default=20, gt=0)

    @model_validator(mode="after")
    def _nested(self) -> Self:
        stages = {"connect": self.connect, "read": self.read, "write": self.write, "pool": self.pool}
        for name, patience in stages.items():
            if not timedelta(0) < patience <= self.attempt:
                raise ValueError(f"{name} must be above zero and at most `attempt`: the attempt ends everything in it")
        return self


@dataclass(frozen=True, kw_only=True)
class Network:
    """The limits and the budgets of the process, and how old what a plan is made from may be.

    `verify` replaces the public certificate authorities, `tracer_provider` the process-wide one.
    """

    limits: Limits = field(default_factory=Limits)
    budgets: Budgets = field(default_factory=Budgets)
    recent: timedelta = timedelta(seconds=15)
    verify: ssl.SSLContext | None = None
    tracer_provider: TracerProvider | None = None


USUAL = Network()
"""What holds where nobody says otherwise."""
