"""Small workflows that tests of the process layer run."""

from datetime import timedelta

from temporalio import activity, workflow


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


def _minutes() -> int:
    return (workflow.now() - workflow.info().workflow_start_time).seconds // 60
