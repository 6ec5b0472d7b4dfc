"""What leaves the process shows no secret and no telephone number."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from holdline.secrets import Secret
from holdline.settings import load
from holdline.telemetry import Redaction, start_telemetry
from holdline.telemetry.logs import formatter

CANARY = "canary/9f8e+7d6c=5b4a"
PHONE = "+43 660 1234567"


@pytest.fixture
def redaction(tmp_path: Path) -> Redaction:
    """A redaction that knows the canary, because it was read."""
    (tmp_path / "secret").write_text(CANARY, encoding="utf-8")
    secret = Secret(f"file:{tmp_path / 'secret'}")
    secret.read()
    return Redaction([secret])


@pytest.fixture
def log(redaction: Redaction, request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, StringIO]]:
    """A logger with our formatter, and what it wrote."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter(request.param, redaction))
    logger = logging.getLogger(f"tests.{request.param}")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


def _message(logger: logging.Logger) -> None:
    logger.warning("the key %s was refused, calling %s", CANARY, PHONE)


def _exception(logger: logging.Logger) -> None:
    try:
        raise ValueError(f"401 for {CANARY} of {PHONE}")
    except ValueError:
        logger.exception("it failed")


def _cause(logger: logging.Logger) -> None:
    try:
        try:
            raise ValueError(f"inner {CANARY}")
        except ValueError as inner:
            raise RuntimeError(f"outer {PHONE}") from inner
    except RuntimeError:
        logger.exception("it failed")


def _stack(logger: logging.Logger) -> None:
    logger.warning("here", stack_info=True, extra={"temporal_activity": {"to": PHONE, "key": [CANARY]}})


def _object(logger: logging.Logger) -> None:
    logger.warning("%r and %s", {"key": CANARY}, Path(f"/{PHONE}"))


@pytest.mark.parametrize("log", ["json", "text"], indirect=True)
@pytest.mark.parametrize("say", [_message, _exception, _cause, _stack, _object])
def test_no_log_line_shows_them(log: tuple[logging.Logger, StringIO], say: Callable[[logging.Logger], None]) -> None:
    """Neither the message nor a traceback, its cause or a field shows the secret or the number."""
    logger, written = log
    say(logger)
    text = written.getvalue()
    assert text
    assert "canary" not in text
    assert "1234567" not in text


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_json_line_is_one_object(log: tuple[logging.Logger, StringIO]) -> None:
    """Each line can be parsed, with its traceback inside."""
    logger, written = log
    _exception(logger)
    logger.warning("line\nbreak")
    rows = [json.loads(line) for line in written.getvalue().splitlines()]
    assert ["it failed", "line\nbreak"] == [row["message"] for row in rows]
    assert ("ERROR", "tests.json") == (rows[0]["level"], rows[0]["logger"])
    assert "ValueError: 401 for [secret] of [number]" in rows[0]["exception"]
    assert rows[0]["time"].endswith("+00:00")


SHOWN = [
    "connect to 192.168.100.100:7233",
    "2026-11-21T05:01:29.628+00:00",
    "incident/trunk_failure/3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0001",
    "took 123456789 ns",
    "workflow_task_timeout 10000000",
]


@pytest.mark.parametrize("text", SHOWN)
def test_ordinary_numbers_stay(redaction: Redaction, text: str) -> None:
    """Addresses, times and ids are what an operator needs to read."""
    assert text == redaction.text(text)


HIDDEN = {
    "to=%2B436601234567&x=1": "to=[number]&x=1",
    "tel:+436601234567": "[number]",
    "+43 (660) 123-45 67.": "[number].",
    "Authorization: Bearer abc.def-ghijk": "Authorization: Bearer [secret]",
    "Authorization: Basic dXNlcjpwYXNz": "Authorization: Basic [secret]",
    "Authorization: Token token=abcdefgh1": "Authorization: Token token=[secret]",
    "proxy http://me:hunter2@proxy:3128/": "proxy http://[secret]@proxy:3128/",
    "key=canary%2F9f8e%2B7d6c%3D5b4a": "key=[secret]",
}


@pytest.mark.parametrize("text", HIDDEN)
def test_other_forms_are_found(redaction: Redaction, text: str) -> None:
    """Credentials in headers and addresses are taken out although they are nobody's configured secret."""
    assert HIDDEN[text] == redaction.text(text)


def test_a_rotated_secret_stays_hidden(tmp_path: Path) -> None:
    """Both the old value, which may still be in use, and the new one are taken out."""
    path = tmp_path / "secret"
    secret = Secret(f"file:{path}")
    redaction = Redaction([secret])
    for value in ("first-value", "second-value"):
        path.write_text(value, encoding="utf-8")
        secret.read()
    assert "[secret] [secret]" == redaction.text("first-value second-value")


def test_the_process_logs_to_stderr_only_what_may_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log that the settings ask for is redacted with the settings' own secrets."""
    path = tmp_path / "holdline.toml"
    path.write_text('[telemetry]\nlog_format = "json"\n[gateway.secrets]\nevents = ["env:CANARY"]', encoding="utf-8")
    settings = load(path, {"CANARY": CANARY})
    settings.gateway.secrets.events[0].read()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    try:
        start_telemetry(settings, "test")()
        logging.getLogger("holdline").info("signed with %s", CANARY)
        logging.getLogger("httpx").info("never")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(False)
    assert ["signed with [secret]"] == [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("log", ["json", "text"], indirect=True)
def test_no_log_line_drives_a_terminal(log: tuple[logging.Logger, StringIO]) -> None:
    """What is not printable is escaped; letters of any script stay readable."""
    logger, written = log
    logger.warning("Grüße 語 \x1b[2J \x9b2J \u202e \x7f \r")
    (line,) = written.getvalue().splitlines()
    assert line.isprintable()
    assert "Grüße 語 \\u001b[2J \\u009b2J \\u202e \\u007f" in line
