"""`make_secrets.py DIRECTORY` makes the random secrets of the profile `dev`, a file for each; what exists stays."""

import os
import secrets
import sys
from pathlib import Path

# 32 characters: what a PagerDuty routing key must have, and enough for the others.
RANDOM = (
    "events",
    "genesys-events",
    "genesys-client",
    "pagerduty-webhook",
    "pagerduty-token",
    "pagerduty-first-line",
    "pagerduty-second-line",
    "pagerduty-duty-manager",
    "twilio",
    "operators",
)


def main(directory: Path) -> None:
    """Write what is missing."""
    for name in RANDOM:
        _make(directory / name, secrets.token_hex(16))
    # Numbers from 555-0100 to 555-0199 belong to nobody.
    _make(directory / "duty-phone", f"+120255501{secrets.randbelow(100):02d}")


def _make(path: Path, value: str) -> None:
    if path.exists():
        return
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as text:
        text.write(value)
    fresh.rename(path)
    print(f"made {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
