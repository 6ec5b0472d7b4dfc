"""`HOLDLINE_A__B=value` over the file: each name is a path, and a secret may be in a file (`HOLDLINE_A__B_FILE`)."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from holdline.secrets import Secret
from holdline.settings.mistakes import did_you_mean
from holdline.settings.shape import bare, below, is_list, is_section, names, paths

PREFIX = "HOLDLINE_"
# What the command line reads; they look like settings and are none.
_COMMANDS = frozenset({"HOLDLINE_OPERATOR", "HOLDLINE_OPERATOR_TOKEN", "HOLDLINE_OPERATOR_TOKEN_FILE"})


def overlay(
    model: type[BaseModel], environ: Mapping[str, str], file: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return what the environment sets, to lay over the file's tree, and a sentence for each name in error."""
    over: dict[str, Any] = {}
    problems: list[str] = []
    elsewhere = set(_referenced(file))
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in elsewhere and _is_ours(model, name, environ[name]):
            try:
                _put(over, *_setting(model, name, environ, file))
            except ValueError as error:
                problems.append(f"{name}: {error}.")
    return _listed(over), problems


def _is_ours(model: type[BaseModel], name: str, value: str) -> bool:
    """Whether a name is meant as a setting: it has a `__`, or comes close to one.

    Others begin like ours too: those of the command line, and what Kubernetes sets for a service named holdline
    (HOLDLINE_PORT=tcp://10.0.0.1:8080).
    """
    if name in _COMMANDS:
        return False
    if "__" in name or name.removeprefix(PREFIX).lower() in names(model):
        return True
    return bool(_meant(model, name)) and not value.startswith("tcp://")


def _meant(model: type[BaseModel], name: str) -> str:
    """The variable that a name without `__` was probably meant to be."""
    names = ["__".join(path).upper() for path in paths(model)]
    flat = {each.replace("__", "_"): each for each in names}
    close = difflib.get_close_matches(name.removeprefix(PREFIX), flat, n=1, cutoff=0.9)
    return f"{PREFIX}{flat[close[0]]}" if close else ""


def _referenced(tree: Any) -> list[str]:
    """The variables that the file's secrets refer to; their names are the operator's own."""
    match tree:
        case dict():
            return [name for each in tree.values() for name in _referenced(each)]
        case list():
            return [name for each in tree for name in _referenced(each)]
        case str() if tree.startswith("env:"):
            return [tree.removeprefix("env:").strip()]
        case _:
            return []


def _setting(
    model: type[BaseModel], name: str, environ: Mapping[str, str], file: Mapping[str, Any]
) -> tuple[list[str], Any]:
    """Return the path that a name stands for and the value to put there. Raises ValueError with what is wrong."""
    keys = name.removeprefix(PREFIX).lower().split("__")
    path, kind = _follow(model, keys, file)
    if kind is not None:
        return path, _value(kind, name, environ)
    plain = [*keys[:-1], keys[-1].removesuffix("_file")]
    path, kind = _follow(model, plain, file)
    if plain != keys and kind in (Secret, tuple[Secret, ...]):
        secret = Secret(f"file:{Path(environ[name]).absolute()}")
        return path, secret if kind is Secret else [secret]
    raise ValueError(_unknown(model, keys, file))


def _follow(model: Any, keys: list[str], file: Any) -> tuple[list[str], Any]:
    """Walk down by keys; return the path in the file's own spelling (`duty-manager`) and the bare type there."""
    path: list[str] = []
    kind: Any = model
    for key in keys:
        kind = below(kind, key)
        if kind is None:
            return path, None
        path.append(_spelt(key, file))
        file = file.get(path[-1]) if isinstance(file, Mapping) else None
    return path, bare(kind)


def _spelt(key: str, file: Any) -> str:
    written = file if isinstance(file, Mapping) else {}
    return next((each for each in written if each.lower().replace("-", "_") == key), key)


def _value(kind: Any, name: str, environ: Mapping[str, str]) -> Any:
    """Read a value by the type it is for; what does not fit stays text, and the setting's own error explains."""
    text = environ[name]
    if kind is Secret:
        return _secret(name, environ)
    if kind == tuple[Secret, ...]:
        return [_secret(name, environ)]
    if is_section(kind):
        raise ValueError(f"it names a section; set one of its settings, such as {name}__{names(kind)[0].upper()}")
    if is_list(kind) and not text.lstrip().startswith("[") and not is_section(bare(get_args(kind)[0])):
        return [part.strip() for part in text.split(",")]
    if kind in (int, bool) or get_origin(kind) is not None:
        return _literal(text)
    return text


def _secret(name: str, environ: Mapping[str, str]) -> Secret:
    if environ[name].startswith(("env:", "file:", "command:")):
        raise ValueError(f"it holds a reference; put the secret itself there, or its path into {name}_FILE")
    return Secret(f"env:{name}")


def _literal(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _put(over: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        over = over.setdefault(key, {})
        if not isinstance(over, dict):
            raise ValueError("another variable sets the same")
    if path[-1] in over:
        raise ValueError("another variable sets the same")
    over[path[-1]] = value


def _listed(tree: Any) -> Any:
    """Turn tables of numbered entries (`…__EVENTS__0`, `…__EVENTS__1`) into lists."""
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdecimal() for key in tree):
        return [_listed(tree[key]) for key in sorted(tree, key=int)]
    return {key: _listed(value) for key, value in tree.items()}


def _unknown(model: Any, keys: list[str], file: Any) -> str:
    if len(keys) == 1:
        return f"there is no such setting; did you mean {_meant(model, PREFIX + keys[0].upper())}"
    path, _ = _follow(model, keys, file)
    kind: Any = model
    for key in path:
        kind = below(kind, key)
    return f"there is no such setting{did_you_mean(keys[len(path)], names(kind))}"
