"""An operations floor: incidents on a real server, and the commands that an operator gives there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from holdline import intake
from holdline.domain import attributes
from holdline.domain.approval import Mode
from holdline.domain.change import ActionKind
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import mark, workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.messages import LABEL_MEMO, OBSERVE, SNAPSHOT, WORKFLOW, Observed, Order, Snapshot
from holdline.domain.observation import Observation, Verdict
from holdline.domain.runbook import ActionRule, RemediationRule, Runbook
from holdline.domain.storm import StormRule, about
from holdline.domain.ticket import TicketRule
from tests.cli.console import Done, Terminal, eventually, holdline, terminal
from tests.support.outside import Outside
from tests.support.scene import LADDER, SYSTEM, alone
from tests.support.temporal import unique
from workers.datadir import Server

RUNBOOK = alone(Runbook(escalation=LADDER, remediation=RemediationRule(actions=()), linger=timedelta(seconds=1)))
"""Nothing is repaired, and what is over is closed after a second."""

NOBODY = "a queue that nobody works on"


@dataclass(frozen=True)
class Floor:
    """A server, its worker, and the command line beside it."""

    client: Client
    server: Server
    outside: Outside = field(default_factory=Outside)

    @property
    def environ(self) -> dict[str, str]:
        """What makes the command line find this server."""
        return {
            "TEMPORAL_ADDRESS": self.server.address,
            "HOLDLINE_DATA_DIR": str(self.server.data_dir),
            "HOLDLINE_OPERATOR": "olga",
        }

    async def runs(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Done:
        """Run a command to its end."""
        return await holdline(*arguments, environ=self.environ | dict(environ or {}))

    @asynccontextmanager
    async def on_terminal(
        self, *arguments: str, columns: int = 100, environ: Mapping[str, str] | None = None
    ) -> AsyncIterator[Terminal]:
        """Run a command on a terminal."""
        async with terminal(*arguments, environ=self.environ | dict(environ or {}), columns=columns) as shown:
            yield shown

    async def asks(self) -> str:
        """A trunk fails whose repair waits for approval; return its id when it asks."""
        # What an incident before this one changed is as it was.
        self.outside.order = ("carrier-a", "carrier-b")
        trunk = unique("trunk")
        observed = seen(trunk, Verdict.BREACH, Severity.HIGH)
        rule = ActionRule(do=ActionKind.REORDER_ROUTE, mode=Mode.APPROVE)
        runbook = RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=(rule,))})
        await intake.observe(self.client, observed, runbook, observed.ids[0])
        await self._listed(trunk, State.REMEDIATING)

        async def asked() -> bool:
            return (await self.story(trunk)).proposal is not None

        await eventually(asked)
        return trunk

    async def fails(
        self,
        severity: Severity = Severity.LOW,
        name: str = "Carrier A",
        site: str = "",
        reason: str = "no answer",
        linger: bool = False,
        ticket: bool = False,
    ) -> str:
        """A trunk fails; return its id when the incident watches for recovery and is in the list."""
        trunk = unique("trunk")
        observed = seen(trunk, Verdict.BREACH, severity, name, site, reason)
        wanted = {"linger": timedelta(minutes=5)} if linger else {}
        kept = {"ticket": TicketRule(system=SYSTEM)} if ticket else {}
        runbook = RUNBOOK.model_copy(update=wanted | kept)
        await intake.observe(self.client, observed, runbook, observed.ids[0])
        await self._listed(trunk, State.MONITORING)
        return trunk

    async def mark(self, trunk: str) -> str:
        """What sets this episode apart from those of other days."""
        found = await self.client.get_workflow_handle(incident(trunk)).describe()
        return mark(found.raw_description.workflow_execution_info.first_run_id)

    async def storms(self, *names: str) -> tuple[str, list[str]]:
        """Trunks of one site fail at once; return the site and their ids when a parent pages for each of them."""
        site, rule = unique("Linz"), StormRule(at_least=2, gather=timedelta(seconds=2))
        runbook = RUNBOOK.model_copy(update={"storm": rule})
        trunks = [unique("trunk") for _ in names]
        events = [
            seen(trunk, Verdict.BREACH, Severity.CRITICAL, name, site)
            for trunk, name in zip(trunks, names, strict=True)
        ]
        await asyncio.gather(*(intake.observe(self.client, each, runbook, each.ids[0]) for each in events))

        async def joined() -> bool:
            return all([(await self.story(trunk)).parent for trunk in trunks])

        await eventually(joined)
        parent = self.client.get_workflow_handle(workflow_id(IncidentKind.TRUNK_FAILURE, about(site).id))
        await eventually(lambda: self._is_listed(parent.id, State.MONITORING))
        return site, trunks

    async def recovers(self, trunk: str) -> None:
        """The trunk is seen healthy twice, and the incident closes."""
        handle = self.client.get_workflow_handle(incident(trunk))
        for _ in range(2):
            await handle.signal(OBSERVE, seen(trunk, Verdict.HEALTHY, Severity.LOW))
        await self.ended(trunk)

    async def ended(self, trunk: str) -> Snapshot:
        """What an incident says at its end."""
        handle = self.client.get_workflow_handle(incident(trunk), result_type=Snapshot)
        story = await handle.result()
        assert isinstance(story, Snapshot)
        return story

    async def abandoned(self, name: str = "Carrier A", queue: str = NOBODY) -> str:
        """An incident that no worker works on; return the trunk's id."""
        trunk = unique("trunk")
        pairs = {attributes.STATE: "MONITORING", attributes.SEVERITY: "HIGH", attributes.ENTITY: trunk}
        known = [SearchAttributePair(SearchAttributeKey.for_keyword(key), text) for key, text in pairs.items()]
        entity = Entity(kind=EntityKind.TRUNK, id=trunk, name=name)
        await self.client.start_workflow(
            WORKFLOW,
            Order(kind=IncidentKind.TRUNK_FAILURE, entity=entity, epoch=1, runbook=RUNBOOK),
            id=incident(trunk),
            task_queue=queue,
            memo={LABEL_MEMO: name},
            search_attributes=TypedSearchAttributes(known),
        )
        await self._listed(trunk, State.MONITORING)
        return trunk

    async def story(self, trunk: str) -> Snapshot:
        """What the incident says of itself."""
        answer = await self.client.get_workflow_handle(incident(trunk)).query(SNAPSHOT, result_type=Snapshot)
        assert isinstance(answer, Snapshot)
        return answer

    async def paged(self, trunk: str, tier: str) -> None:
        """Wait until a tier was paged."""

        async def paged() -> bool:
            return tier in [page.tier for page in (await self.story(trunk)).pages]

        await eventually(paged)

    async def _listed(self, trunk: str, state: State) -> None:
        await eventually(lambda: self._is_listed(incident(trunk), state))

    async def _is_listed(self, name: str, state: State) -> bool:
        query = f"WorkflowId = '{name}' AND {attributes.STATE} = '{state}'"
        return bool([each async for each in self.client.list_workflows(query)])


def incident(trunk: str) -> str:
    """The workflow of a trunk's failure."""
    return workflow_id(IncidentKind.TRUNK_FAILURE, trunk)


def seen(
    trunk: str, verdict: Verdict, severity: Severity, name: str = "Carrier A", site: str = "", reason: str = "no answer"
) -> Observed:
    """What a gateway signals about a trunk."""
    event_id = unique("event")
    observation = Observation(
        event_id=event_id,
        source="test",
        kind=IncidentKind.TRUNK_FAILURE,
        entity=Entity(kind=EntityKind.TRUNK, id=trunk, name=name, site=site),
        verdict=verdict,
        severity=severity,
        at=datetime.now(UTC),
        reason=reason,
    )
    return Observed(observations=(observation,), ids=(event_id,))
