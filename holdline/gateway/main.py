"""The gateway as a process: settings in, HTTP out, until it is told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, closing, contextmanager
from datetime import timedelta

import uvicorn
from temporalio.client import Client
from temporalio.common import MetricMeter

from holdline.clients.genesys import Genesys
from holdline.gateway.config import GatewayConfig, GatewayRefused
from holdline.gateway.connection import Connection
from holdline.gateway.gateway import gateway
from holdline.gateway.listening.ear import Ear
from holdline.gateway.listening.patience import Patience
from holdline.gateway.reading import Source
from holdline.gateway.topics.topic import rules
from holdline.ports import PageNames, Withdrawals
from holdline.secrets import Secret
from holdline.settings import Settings
from holdline.settings.sections import Gateway
from workers.connection import connect_later
from workers.runtime import runtime
from workers.wiring import crew, genesys, pager

JOURNAL = "journal.db"
_KEEP_ALIVE = timedelta(seconds=75)
_FINISH = timedelta(seconds=10)
_BACKLOG = 2048
_log = logging.getLogger(__name__)

Ready = Callable[[str], None]
"""Is told the address once the gateway listens."""


def _say(address: str) -> None:
    _log.info("The gateway listens on %s.", address)


async def run_gateway(settings: Settings, ready: Ready = _say) -> None:
    """Run the gateway of these settings until SIGTERM or SIGINT; Temporal need not be there. Raises GatewayRefused."""
    config = gateway_config(settings)
    client = await connect_later(settings, "holdline-gateway")
    async with AsyncExitStack() as stack:
        names = await stack.enter_async_context(aclosing(pager(settings))) if settings.pagerduty else None
        vendor = await stack.enter_async_context(aclosing(genesys(settings))) if settings.genesys else None
        ear, edges = (_ear(settings, vendor), vendor.edges) if vendor else (None, None)
        meter = runtime(settings.telemetry.metrics).metric_meter
        await serve(config, client, names, ready, ear=ear, withdrawals=edges, meter=meter)


def _ear(settings: Settings, client: Genesys) -> Ear | None:
    """What to listen to, where that is wanted."""
    wanted = settings.gateway.notifications
    if not wanted.enabled:
        return None
    return Ear(client.notifications, wanted.topics, Patience(silence=wanted.silence))


async def serve(
    config: GatewayConfig,
    client: Client,
    names: PageNames | None = None,
    ready: Ready = _say,
    stop: asyncio.Event | None = None,
    ear: Ear | None = None,
    withdrawals: Withdrawals | None = None,
    meter: MetricMeter = MetricMeter.noop,
) -> None:
    """Listen until SIGTERM, SIGINT or `stop`; then finish what is begun, and leave the rest in the journal.

    `names` finds the key of a page whose webhook brings none, `ear` hears what is pushed, `withdrawals` tells what is
    meant, `meter` has the metrics. Raises GatewayRefused.
    """
    stopping = stop or asyncio.Event()
    with closing(_listen(config)) as listener, _signalled(stopping):
        async with gateway(config, client, names, ear=ear, withdrawals=withdrawals, meter=meter) as app:
            server = _Server(_uvicorn(config, app))
            watch = asyncio.create_task(server.stop_at(stopping))
            host, port = listener.getsockname()[:2]
            ready(f"http://{host}:{port}")
            try:
                await server.serve([listener])
            finally:
                watch.cancel()


@contextmanager
def _signalled(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for each in signals:
        loop.add_signal_handler(each, stop.set)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


def gateway_config(settings: Settings) -> GatewayConfig:
    """Map the settings. Raises GatewayRefused where Twilio would sign an address nobody has told us."""
    section = settings.gateway
    secrets = section.secrets
    sources = {
        Source.OWN: secrets.events,
        Source.GENESYS: secrets.genesys,
        Source.PAGERDUTY: secrets.pagerduty,
        Source.TWILIO: secrets.twilio,
        Source.TWILIO_STATUS: secrets.twilio,
        Source.SERVICENOW: secrets.servicenow,
        Source.SALESFORCE: secrets.salesforce,
        Source.AZURE_DEVOPS: secrets.azure_devops,
        Source.JIRA: secrets.jira,
        Source.SLACK: secrets.slack,
        Source.JSM: secrets.jsm,
        Source.LINK: secrets.links,
    }
    _addressed(section)
    phones = {name: contact.phone for name, contact in settings.contacts.items() if contact.phone is not None}
    return GatewayConfig(
        journal=settings.data_dir / JOURNAL,
        runbooks=settings.runbooks,
        letters=settings.deadletters.most,
        secrets={source: _reader(references) for source, references in sources.items()},
        operators=_reader(secrets.operators),
        phones=lambda: _phones(phones),
        genesys=rules(section.genesys, settings.detection, settings.genesys.client_id if settings.genesys else ""),
        crew=crew(settings),
        slack_responses=section.slack_responses,
        tickets=section.tickets,
        accounts={Source(system): (user,) for system, user in settings.accounts().items()},
        public_url=section.public_url or f"http://{section.host}:{section.port}",
        host=section.host,
        port=section.port,
        window=section.timestamp_window,
        coalesce=section.coalesce,
    )


def _addressed(section: Gateway) -> None:
    """Raises GatewayRefused where somebody needs an address of ours that nobody has written down."""
    if section.secrets.twilio and section.public_url is None:
        raise GatewayRefused("gateway.public_url is missing: Twilio signs the address it sends to. Write it down.")
    if section.secrets.links and section.public_url is None:
        raise GatewayRefused("gateway.public_url is missing: links lead to it. Write it down.")


def _reader(references: tuple[Secret, ...]) -> Callable[[], tuple[str, ...]]:
    return lambda: tuple(reference.read() for reference in references)


def _phones(phones: Mapping[str, Secret]) -> dict[str, str]:
    return {name: phone.read() for name, phone in phones.items()}


def _listen(config: GatewayConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # Named as TCP, so that the event loop switches Nagle's delay off.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host, config.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise GatewayRefused(
            f"Port {config.port} on {config.host} cannot be taken ({error.strerror}). Set another gateway.port, or 0 "
            "for any free one."
        ) from None
    return listener


def _uvicorn(config: GatewayConfig, app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=Connection,
        loop="none",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=config.connections,
        backlog=_BACKLOG,
        timeout_keep_alive=int(_KEEP_ALIVE.total_seconds()),
        timeout_graceful_shutdown=int(_FINISH.total_seconds()),
    )


class _Server(uvicorn.Server):
    """uvicorn's server, without signals of its own: it would raise them again at the end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def stop_at(self, stop: asyncio.Event) -> None:
        """End when the event is set."""
        await stop.wait()
        self.should_exit = True
