"""Ours in the storm: the gateway as it is, before a Temporal server."""

import sys
from pathlib import Path

import uvloop
from temporalio.client import Client

from benchmarks.storm_requests import SECRET
from holdline.domain.escalation import Channel, EscalationPolicy, Target, Tier
from holdline.domain.incident import IncidentKind
from holdline.domain.runbook import Runbook
from holdline.gateway.config import GatewayConfig
from holdline.gateway.main import serve
from holdline.gateway.reading import Source
from workers.plugin import plugins


async def main(temporal: str, journal: Path) -> None:
    """Serve until SIGTERM; the one line printed is the port."""
    ladder = EscalationPolicy(tiers=(Tier(name="first", page=(Target(channel=Channel.SMS, to="alice"),)),))
    config = GatewayConfig(
        journal=journal,
        runbooks={IncidentKind.TRUNK_FAILURE: Runbook(escalation=ladder)},
        secrets={Source.OWN: lambda: (SECRET,)},
        port=0,
    )
    await serve(config, await Client.connect(temporal, lazy=True, plugins=plugins()), ready=_say)


def _say(address: str) -> None:
    print(address.rpartition(":")[2], flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2])))
