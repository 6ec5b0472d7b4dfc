"""What every client, worker and replayer of ours carries: the converter, the sandbox, the traces."""

from dataclasses import replace

from opentelemetry.trace import get_tracer_provider
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin, ReplaySafeTracerProvider
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

# Pure modules that every workflow run may share. Without this each run imports them anew, and a model that comes
# out of the converter is not an instance of the class the workflow knows.
_PASSED_THROUGH = (
    "holdline.domain",
    "holdline.ports",
    "activities",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_inspection",
    "opentelemetry",
)


def plugins() -> list[SimplePlugin]:
    """Return the plugins for a client (workers inherit them) or for a Replayer.

    Traces are part of it once the telemetry has installed its provider; the provider comes first.
    """
    holdline = SimplePlugin(
        "holdline",
        data_converter=pydantic_data_converter,
        workflow_runner=_sandbox,
    )
    if isinstance(get_tracer_provider(), ReplaySafeTracerProvider):
        return [holdline, OpenTelemetryPlugin(add_temporal_spans=True)]
    return [holdline]


def _sandbox(runner: WorkflowRunner | None) -> WorkflowRunner:
    """Let our pure modules through the sandbox; a runner that is no sandbox stays what it is."""
    if not isinstance(runner, SandboxedWorkflowRunner):
        return runner or SandboxedWorkflowRunner()
    passed = runner.restrictions.with_passthrough_modules(*_PASSED_THROUGH)
    return replace(runner, restrictions=passed)
