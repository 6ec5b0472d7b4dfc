"""The settings as a file that says the same; a secret stays the reference that it is."""

import json
from datetime import time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from holdline.domain.duration import say
from holdline.domain.ticket import Choice
from holdline.secrets import Secret
from holdline.settings.tree import Settings


def render(settings: Settings) -> str:
    """Return every setting that is in force, as TOML."""
    return "\n".join(_table(settings, "")).strip() + "\n"


def _table(values: Any, path: str) -> list[str]:
    fields = [(str(name), value) for name, value in _fields(values) if value is not None]
    lines = [f"{_key(name)} = {_value(value)}" for name, value in fields if not _is_table(value)]
    if path and (lines or (not fields and isinstance(values, BaseModel))):
        lines = ["", f"[{path}]", *lines]
    for name, value in fields:
        if _is_table(value):
            lines += _table(value, f"{path}.{_key(name)}" if path else _key(name))
    return lines


def _fields(values: Any) -> list[tuple[Any, Any]]:
    return list(values.items()) if isinstance(values, dict) else list(values)


def _is_table(value: Any) -> bool:
    return isinstance(value, (BaseModel, dict)) and not isinstance(value, Choice)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case timedelta():
            return json.dumps(_duration(value))
        case tuple() | list():
            return f"[{', '.join(_value(each) for each in value)}]"
        case Choice():
            return _value({"by": value.by, **value.values, "otherwise": value.otherwise})
        case BaseModel() | dict():
            inline = [f"{_key(str(name))} = {_value(each)}" for name, each in _fields(value) if each is not None]
            return f"{{ {', '.join(inline)} }}"
        case time():
            return value.isoformat()
        case Enum():
            return json.dumps(value.value)
        case Path() | Secret() | str():
            return json.dumps(str(value), ensure_ascii=False)
        case _:
            raise TypeError(f"{type(value).__name__} has no form in the configuration")


def _duration(value: timedelta) -> str:
    milliseconds = value // timedelta(milliseconds=1)
    return say(value) if milliseconds % 1000 == 0 else f"{milliseconds}ms"
