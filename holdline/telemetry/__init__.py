"""What a process tells about itself: a log and traces, without secrets and telephone numbers."""

from collections.abc import Callable

from holdline.settings import Settings
from holdline.settings.leaves import secrets
from holdline.telemetry.logs import log_to_stderr
from holdline.telemetry.redaction import Redaction
from holdline.telemetry.traces import install_traces

__all__ = ["Redaction", "start_telemetry"]


def start_telemetry(settings: Settings, service: str) -> Callable[[], None]:
    """Start the log and the traces of this process; call once, before a client is connected.

    `service` names the process in traces, such as `holdline-worker`. Returns what to call at the end: it sends the
    spans that are still held.
    """
    redaction = Redaction(secret for _, secret in secrets(settings))
    log_to_stderr(settings.telemetry, redaction)
    return install_traces(settings.telemetry, redaction, service)
