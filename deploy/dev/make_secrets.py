"""Makes the secrets of the profile `dev`, each a random one in a file of its own; those that exist stay."""

import os
import secrets
from pathlib import Path

DIRECTORY = Path("/etc/holdline/secrets")
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
)


def main() -> None:
    """Write what is missing."""
    for name in RANDOM:
        _make(name, secrets.token_hex(16))
    # Numbers from 555-0100 to 555-0199 belong to nobody.
    _make("duty-phone", f"+120255501{secrets.randbelow(100):02d}")


def _make(name: str, value: str) -> None:
    path = DIRECTORY / name
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
    main()
