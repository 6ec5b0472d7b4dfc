"""Secrets are references, read when used: nothing holds a value longer than the request that needs it (S1.10)."""

import os
import shlex
import stat
import subprocess
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from holdline.domain.duration import say

FORMS = "env:NAME, file:/path or command:PROGRAM ARGUMENTS"
_LONGEST = 64 * 1024
_COMMAND_PATIENCE = timedelta(seconds=5)
_COMMAND_KEPT = timedelta(seconds=60)


class SecretUnreadable(OSError):
    """A secret cannot be read; names the reference, never a value."""


class Secret:
    """A reference to a secret: `env:NAME`, `file:/path` or `command:PROGRAM ARGUMENTS` (run without a shell)."""

    def __init__(self, reference: str) -> None:
        scheme, separator, rest = reference.partition(":")
        if not separator or scheme not in _READERS or not rest.strip():
            raise ValueError(f"a secret is not written into the file; write {FORMS}")
        if scheme == "file" and not Path(rest).is_absolute():
            raise ValueError("a secret's file is named by its absolute path, such as file:/run/secrets/genesys")
        if scheme == "command":
            shlex.split(rest)
        self._scheme = scheme
        self._rest = rest.strip()
        self._environ: Mapping[str, str] = os.environ
        self._seen: dict[str, float] = {}

    def read(self) -> str:
        """Return the secret as it is now, without its final line break.

        What a command printed is kept for a minute; everything else is read anew, so that rotation needs no
        restart. Raises SecretUnreadable.
        """
        value = self._kept() or _READERS[self._scheme](self)
        for final in ("\r\n", "\n"):
            if value.endswith(final):
                value = value.removesuffix(final)
                break
        if not value:
            raise SecretUnreadable(f"{self} is empty")
        if not value.isprintable():
            raise SecretUnreadable(f"{self} has more than one line, or unprintable characters")
        self._remember(value)
        return value

    def bind(self, environ: Mapping[str, str]) -> None:
        """Let `env:` mean this environment."""
        self._environ = environ

    @property
    def seen(self) -> tuple[str, ...]:
        """The values read so far, at most the last two: what a log must not show."""
        return tuple(self._seen)

    @property
    def exposed(self) -> bool:
        """Whether it is a file that everybody on this machine can read."""
        if self._scheme != "file":
            return False
        path = Path(self._rest)
        return path.exists() and bool(path.stat().st_mode & stat.S_IROTH)

    def _remember(self, value: str) -> None:
        if value not in self._seen:
            self._seen = dict(list(self._seen.items())[-1:]) | {value: time.monotonic()}

    def _kept(self) -> str | None:
        if self._scheme != "command" or not self._seen:
            return None
        value, at = list(self._seen.items())[-1]
        return value if time.monotonic() - at < _COMMAND_KEPT.total_seconds() else None

    def _from_environment(self) -> str:
        value = self._environ.get(self._rest)
        if value is None:
            raise SecretUnreadable(f"{self} is not set")
        return value

    def _from_file(self) -> str:
        try:
            with Path(self._rest).open("rb") as file:
                return file.read(_LONGEST).decode()
        except OSError as error:
            raise SecretUnreadable(f"{self} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SecretUnreadable(f"{self} is not text in UTF-8") from None

    def _from_command(self) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
                shlex.split(self._rest),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_COMMAND_PATIENCE.total_seconds(),
                check=False,
            )
            printed = done.stdout.decode()
        except subprocess.TimeoutExpired:
            raise SecretUnreadable(f"{self} did not answer within {say(_COMMAND_PATIENCE)}") from None
        except (OSError, ValueError):
            raise SecretUnreadable(f"{self} cannot be run, or did not print text in UTF-8") from None
        if done.returncode != 0:
            raise SecretUnreadable(f"{self} ended with status {done.returncode}")
        return printed

    def __str__(self) -> str:
        if self._scheme != "command":
            return f"{self._scheme}:{self._rest}"
        program, *arguments = shlex.split(self._rest)
        return f"command:{program}{' …' if arguments else ''}"

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret does not leave its process")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._scheme, self._rest) == (other._scheme, other._rest)

    def __hash__(self) -> int:
        return hash((self._scheme, self._rest))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept a reference; write the reference."""
        return core_schema.no_info_plain_validator_function(
            _accept, serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        )


_READERS = {
    "env": Secret._from_environment,
    "file": Secret._from_file,
    "command": Secret._from_command,
}


def _accept(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise ValueError(f"a secret is a reference; write {FORMS}")
    return Secret(value)
