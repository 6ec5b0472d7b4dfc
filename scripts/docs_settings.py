"""The page of settings: every section with its meaning, every setting with its form, default and variable."""

import inspect
import json
from collections.abc import Iterator
from datetime import time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from holdline.domain.action import NEEDS, Action
from holdline.domain.approval import ApprovalRule
from holdline.domain.duration import say
from holdline.domain.escalation import Target, Tier
from holdline.domain.incident import IncidentKind
from holdline.domain.runbook import ActionRule
from holdline.domain.ticket import Choice, Fields
from holdline.secrets import FORMS, Secret
from holdline.settings import Settings
from holdline.settings.shape import bare, is_section


def page() -> str:
    """Every section of the configuration, in the order of the file."""
    return "\n".join((_HEAD, *_section("", Settings), *_action()))


def _action() -> Iterator[str]:
    """One entry of `actions`, which is written in a line; each setting with the actions it belongs to."""
    yield f"## An action\n\n`{{ do = …, on = …, … }}` in a list of `actions`. {_meaning(Action)}\n"
    yield "| setting | form | default | for |\n|---|---|---|---|"
    for name, field in ActionRule.model_fields.items():
        yield f"| `{name}` | {_form(field.annotation)} | {_default(field)} | {_takers(name)} |"


def _takers(name: str) -> str:
    """The actions that take a setting, those that must have it in bold; every action where nothing is said."""
    must = [f"**`{action.value}`**" for action, needs in NEEDS.items() if name in needs.must]
    may = [f"`{action.value}`" for action, needs in NEEDS.items() if name in needs.may]
    return ", ".join((*must, *may)) or "every action"


_HEAD = f"""\
# Settings

Generated from the models; `make docs` writes this page. `holdline.example.toml` shows each with an example.

A setting `gateway.port` is `port` in the table `[gateway]` of `holdline.toml`, or `HOLDLINE_GATEWAY__PORT` in the
environment, which counts more. A duration has its unit: `500ms`, `30s`, `5m`, `1h30m`. A secret is a reference:
{FORMS}. In the environment it is the secret itself, or with
`_FILE` at the end of the name the path of a file with it. NAME is a name of your own, KIND one of
{", ".join(f"`{kind}`" for kind in IncidentKind)}.
"""


def _section(path: str, model: type[BaseModel]) -> Iterator[str]:
    title = f"`[{path}]`" if path else "At the top"
    yield f"## {title}\n\n{_meaning(model)}\n"
    single = {name: field for name, field in model.model_fields.items() if _table(field) is None}
    if single:
        yield "| setting | form | default |\n|---|---|---|"
        yield "\n".join(
            f"| `{name}` | {_form(field.annotation)} | {_default(field)} |" for name, field in single.items()
        )
        yield ""
    for name, field in model.model_fields.items():
        below = _table(field)
        if below is not None:
            suffix, section = below
            yield from _section(".".join(part for part in (path, name, suffix) if part), section)


def _meaning(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "")


def _table(field: FieldInfo) -> tuple[str, type[BaseModel]] | None:
    """The section below a setting, and the name under which a table of sections holds it."""
    kind = bare(field.annotation)
    if is_section(kind) and not _written_as_text(kind):
        return "", kind
    if get_origin(kind) is dict and is_section(value := bare(get_args(kind)[1])):
        key = get_args(kind)[0]
        return "KIND" if _is_enum(key) else "NAME", value
    return None


def _written_as_text(kind: Any) -> bool:
    """Whether it stands in a line, such as a tier in the list of tiers."""
    return kind in _WORDS


def _form(annotation: Any) -> str:
    kind = bare(annotation)
    origin = get_origin(kind)
    if origin is tuple:
        return f"list of {_form(get_args(kind)[0])}"
    if kind == Fields:
        return "[fields](../how-to/map-fields.md)"
    if origin is dict:
        return f"table of {_form(get_args(kind)[1])}"
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in get_args(kind))
    if _is_enum(kind):
        return " or ".join(f"`{each.value}`" for each in kind)
    return _WORDS[kind]


_WORDS: dict[Any, str] = {
    timedelta: "duration",
    time: "time of day",
    Secret: "secret",
    bool: "true or false",
    int: "whole number",
    str: "text",
    Path: "path",
    float: "number",
    ActionRule: "[action](#an-action)",
    ApprovalRule: "`{ needed = …, people = …, expires = … }`",
    Tier: "`{ name = …, page = [target, …] }`",
    Target: "`pagerduty:SERVICE` or `sms:CONTACT`",
}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value is None or value in ((), {}) else f"`{_written(value)}`"


def _written(value: Any) -> str:
    match value:
        case timedelta():
            return (
                say(value) if value >= timedelta(seconds=1) or not value else f"{value // timedelta(milliseconds=1)}ms"
            )
        case time():
            return value.isoformat("minutes")
        case Enum():
            return str(value.value)
        case tuple():
            return f"[{', '.join(_written(each) for each in value)}]"
        case BaseModel():
            return f"{{ {', '.join(f'{name} = {_written(each)}' for name, each in value)} }}"
        case Path():
            return str(value)
        case dict():
            return _inline(value)
        case str():
            return value
        case _:
            return json.dumps(value)


def _inline(value: Any) -> str:
    """A table as it stands in a line of the file."""
    match value:
        case dict():
            return f"{{ {', '.join(f'{name} = {_inline(each)}' for name, each in value.items())} }}"
        case Choice():
            return _inline({"by": value.by, **value.values, "otherwise": value.otherwise})
        case _:
            return json.dumps(value)


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)
