"""The embedded server's corner of the data directory: who holds it, the record of where it runs, its log."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A running embedded server."""

    pid: int
    host: str
    port: int
    ui_port: int | None
    started_at: datetime
    data_dir: Path

    @property
    def address(self) -> str:
        """What a Temporal client connects to."""
        return f"{_reachable(self.host)}:{self.port}"

    @property
    def ui_url(self) -> str | None:
        """The console's address, or None when it runs none."""
        return None if self.ui_port is None else f"http://{_reachable(self.host)}:{self.ui_port}"


def _reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - a comparison, nothing is bound


class DataDir:
    """The files of one embedded server. Its lock is inherited by the server and held exactly as long as that lives."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.database = self.path / "temporal.db"
        self.log = self.path / "temporal.log"
        self._lock = self.path / "temporal.lock"
        self._record = self.path / "temporal.json"

    def create(self) -> None:
        """Make the directory, readable by its owner only: it holds incidents."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def take(self) -> int | None:
        """Take the lock and forget the last server; return its descriptor, or None while a server holds it."""
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        self._record.unlink(missing_ok=True)
        return lock

    def released(self) -> bool:
        """Whether no server holds the directory."""
        if not self._lock.exists():
            return True
        lock = self.take()
        if lock is None:
            return False
        os.close(lock)
        return True

    def write(self, server: Server) -> None:
        """Record where the server runs."""
        fields = asdict(server) | {"started_at": server.started_at.isoformat(), "data_dir": str(self.path)}
        fresh = self._record.with_suffix(".new")
        fresh.write_text(json.dumps(fields), encoding="utf-8")
        fresh.replace(self._record)

    def read(self) -> Server | None:
        """Return the recorded server, or None; whether it still runs is what the lock says."""
        try:
            fields = json.loads(self._record.read_text(encoding="utf-8"))
            started_at = datetime.fromisoformat(fields.pop("started_at"))
            return Server(**(fields | {"started_at": started_at, "data_dir": self.path}))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def open_log(self) -> int:
        """Start a log for this run, keep the one of the run before, and return its descriptor."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def last_words(self) -> str:
        """Say where the log is and what its last line was."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        lines = [line for line in text.splitlines() if line.strip()]
        said = f" It last said: {lines[-1][:300]}" if lines else ""
        return f"Its log is {self.log}.{said}"
