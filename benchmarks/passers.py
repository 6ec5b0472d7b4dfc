"""Who goes through the gate, and the floor: the same two signals and an answer, with a workflow that only echoes."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from holdline.domain.incident import Severity
    from workflows.passage import Entered, Passage, Wish

ECHO = "echo"


@workflow.defn(name="Passer")
class Passer:
    """Enters and leaves the product's gate, each time with a lock of its own."""

    @workflow.init
    def __init__(self, times: int) -> None:  # noqa: ARG002 - the signature of run
        self._passage = Passage(workflow.info().workflow_id)

    @workflow.run
    async def run(self, times: int) -> int:
        """Return how often it was let in."""
        wish = Wish((f"route:{workflow.info().workflow_id}",), Severity.HIGH)
        entered = 0
        for _ in range(times):
            entered += isinstance(await self._passage.enter(wish, lambda: False), Entered)
            await self._passage.leave()
        return entered


@workflow.defn(name="BarePasser")
class BarePasser:
    """Signals, waits for the answer, signals again."""

    def __init__(self) -> None:
        self._granted = 0

    @workflow.run
    async def run(self, times: int) -> int:
        """Return how often it was answered."""
        echo = workflow.get_external_workflow_handle(ECHO)
        for number in range(times):
            await echo.signal("claim", workflow.info().workflow_id)
            await workflow.wait_condition(lambda number=number: self._granted > number)  # type: ignore[misc]
            await echo.signal("release", workflow.info().workflow_id)
        return self._granted

    @workflow.signal
    def granted(self) -> None:
        """The echo."""
        self._granted += 1


@workflow.defn(name="Echo")
class Echo:
    """Answers whoever claims: no lock, no cap, no line, no lease."""

    def __init__(self) -> None:
        self._answers: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self) -> None:
        """Go on as new when the history is long."""
        await workflow.wait_condition(workflow.info().is_continue_as_new_suggested)
        await workflow.wait_condition(lambda: not self._answers)
        workflow.continue_as_new()

    @workflow.signal
    def claim(self, holder: str) -> None:
        """Answer."""
        answer = asyncio.create_task(workflow.get_external_workflow_handle(holder).signal("granted"))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)

    @workflow.signal
    def release(self, holder: str) -> None:
        """Take note of nothing."""
