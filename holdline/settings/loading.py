"""Reading the configuration: the file, the environment over it, and every mistake in one go."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import InitSettingsSource

from holdline.settings.environment import overlay
from holdline.settings.leaves import secrets
from holdline.settings.mistakes import sentences
from holdline.settings.tree import Settings

DEFAULT_FILE = "holdline.toml"
FILE_VARIABLE = "HOLDLINE_CONFIG"


class ConfigInvalid(Exception):
    """The configuration cannot be used; `problems` are sentences, each with the setting it is about."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the file (the one named, else HOLDLINE_CONFIG, else ./holdline.toml where it exists) and the environment.

    Secrets are not read; they stay references. Raises ConfigInvalid.
    """
    tree = _file(path, environ)
    over, problems = overlay(Settings, environ, tree)
    if problems:
        raise ConfigInvalid(problems)
    sources = (InitSettingsSource(Settings, over), InitSettingsSource(Settings, tree))
    try:
        settings = Settings(_build_sources=(sources, {}))
    except ValidationError as error:
        raise ConfigInvalid(sentences(error, Settings)) from None
    dangling = settings.dangling()
    if dangling:
        raise ConfigInvalid(dangling)
    for _, secret in secrets(settings):
        secret.bind(environ)
    return settings


def _file(path: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    named = path or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    if named is None and not Path(DEFAULT_FILE).exists():
        return {}
    return _parse(named or Path(DEFAULT_FILE))


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigInvalid([f"There is no file {path}."]) from None
    except OSError as error:
        raise ConfigInvalid([f"{path} cannot be read: {error.strerror}."]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigInvalid([f"{path} is not text in UTF-8 (line {line}); save it as UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid([f"{path} is not valid TOML: {error}."]) from None
