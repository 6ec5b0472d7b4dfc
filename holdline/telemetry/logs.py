"""The log on stderr: lines for people or JSON for machines, redacted after everything has been rendered."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from opentelemetry.trace import get_current_span

from holdline.domain.text import escaped
from holdline.settings.sections import Telemetry
from holdline.telemetry.redaction import Redaction

# What these say at INFO is said better by our own lines; httpx would name every address.
_TALKATIVE = ("httpx", "httpcore", "asyncio", "opentelemetry")
# What Temporal's loggers add to a record: the workflow or activity it is about.
_ABOUT = ("temporal_workflow", "temporal_activity")


def log_to_stderr(telemetry: Telemetry, redaction: Redaction) -> None:
    """Make this the only log of the process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(telemetry.log_format, redaction))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(telemetry.log_level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def formatter(form: Literal["json", "text"], redaction: Redaction) -> logging.Formatter:
    """Return the formatter of one of the two forms."""
    return JsonLines(redaction) if form == "json" else Lines(redaction)


class Lines(logging.Formatter):
    """One line for a person: time in UTC, level, who, what; a traceback below it."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._redaction = redaction

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002 - logging's own signature
        """The time of the record in UTC."""
        return _time(record)

    def format(self, record: logging.LogRecord) -> str:
        """Render everything, the traceback too, and only then take out what must not be shown."""
        return escaped(self._redaction.text(super().format(record)))


class JsonLines(logging.Formatter):
    """One JSON object on one line."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Render everything, the traceback too, and only then take out what must not be shown."""
        row: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            row["stack"] = self.formatStack(record.stack_info)
        row |= {name: getattr(record, name) for name in _ABOUT if hasattr(record, name)}
        return escaped(json.dumps(self._redaction.tree(row | _trace()), ensure_ascii=False))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _trace() -> dict[str, str]:
    context = get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}"} if context.is_valid else {}
