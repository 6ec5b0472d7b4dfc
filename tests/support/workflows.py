"""Small workflows that tests of the process layer run."""

from datetime import timedelta

from opentelemetry.trace import get_tracer
from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from holdline.domain.entity import Entity


@activity.defn(name="echo")
async def echo(word: str) -> str:
    """Say it back."""
    return word


@workflow.defn(name="Patient")
class Patient:
    """Waits five minutes at a time until it was called often enough, and tells when it woke up."""

    def __init__(self) -> None:
        self._calls: list[str] = []
        self._called = False

    @workflow.run
    async def run(self, waits: int) -> list[str]:
        """Return what happened, each with the whole minutes since the start."""
        for _ in range(waits):
            self._called = False
            try:
                await workflow.wait_condition(lambda: self._called, timeout=timedelta(minutes=5))
            except TimeoutError:
                self._calls.append(f"woke at {_minutes()}")
        return self._calls

    @workflow.signal
    def call(self, word: str) -> None:
        """Interrupt the wait."""
        self._called = True
        self._calls.append(f"{word} at {_minutes()}")

    @workflow.query
    def calls(self) -> list[str]:
        """What happened so far."""
        return self._calls


@workflow.defn(name="Relay")
class Relay:
    """Has one activity say an entity's name back, inside a span of its own."""

    @workflow.run
    async def run(self, entity: Entity) -> str:
        """Return the name; a model of another class than ours fails."""
        if not isinstance(entity, Entity):
            raise TypeError(f"{type(entity)} is not our Entity")
        with get_tracer(__name__).start_as_current_span("relaying"):
            return await workflow.execute_activity(
                echo, entity.label, start_to_close_timeout=timedelta(seconds=5), summary="say it back"
            )


@workflow.defn(name="Slow")
class Slow:
    """Waits for one slow activity on a queue of its own."""

    @workflow.run
    async def run(self, queue: str) -> str:
        """Return what the activity answered."""
        answered: str = await workflow.execute_activity(
            "slow", task_queue=queue, start_to_close_timeout=timedelta(seconds=30)
        )
        return answered


def _minutes() -> int:
    return (workflow.now() - workflow.info().workflow_start_time).seconds // 60
