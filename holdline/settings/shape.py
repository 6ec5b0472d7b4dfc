"""The shape of the configuration: which settings exist below a given one."""

import types
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def bare(annotation: Any) -> Any:
    """Return a type without its `Annotated` and `| None` wrappings."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return bare(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return bare(inner[0])
    return annotation


def below(annotation: Any, key: str) -> Any:
    """Return the type of the setting `key` below a type, or None where there is no such setting."""
    kind = bare(annotation)
    if is_section(kind):
        field = kind.model_fields.get(key)
        return None if field is None else field.annotation
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple and key.isdecimal():
        return get_args(kind)[0]
    return None


def names(annotation: Any) -> list[str]:
    """Return the names that may stand below a type, as far as they are fixed."""
    kind = bare(annotation)
    if is_section(kind):
        return list(kind.model_fields)
    if get_origin(kind) is dict and isinstance(key := get_args(kind)[0], type) and issubclass(key, Enum):
        return [str(each.value) for each in key]
    return []


def paths(annotation: Any) -> Iterator[tuple[str, ...]]:
    """Yield the path of every setting below a section whose name is fixed."""
    for name, field in bare(annotation).model_fields.items():
        if is_section(bare(field.annotation)):
            yield from ((name, *rest) for rest in paths(field.annotation))
        else:
            yield (name,)


def is_section(kind: Any) -> bool:
    """Whether a bare type is a section with settings of its own."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def is_list(kind: Any) -> bool:
    """Whether a bare type is a list."""
    return get_origin(kind) is tuple
