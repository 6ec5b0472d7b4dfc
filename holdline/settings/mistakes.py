"""A mistake in the configuration, told in one sentence: where, what, and what to write instead."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from holdline.settings.shape import below, names

_WRITE = {
    "missing": "is missing",
    "string_type": "write a text in quotes",
    "path_type": "write a path in quotes",
    "model_type": "write a section with settings of its own",
    "model_attributes_type": "write a section with settings of its own",
    "dict_type": "write a section with settings of its own",
    "tuple_type": "write a list in brackets",
    "too_short": "write at least one entry",
    "string_too_short": "write a text that is not empty",
    "string_too_long": "write a text of at most {max_length} characters",
    "greater_than_equal": "write a number of at least {ge}",
    "less_than_equal": "write a number of at most {le}",
    "enum": "write one of {expected}",
    "literal_error": "write one of {expected}",
    "int_type": "write a whole number without quotes",
    "int_parsing": "write a whole number without quotes",
    "int_from_float": "write a whole number without quotes",
}


def sentences(error: ValidationError, model: Any) -> list[str]:
    """Return one sentence for each mistake; none of them repeats a value, which may be a secret in the wrong place."""
    told = [_sentence(each, model) for each in error.errors(include_input=False, include_url=False)]
    return list(dict.fromkeys(told))


def _sentence(detail: ErrorDetails, model: Any) -> str:
    path = [str(part) for part in detail["loc"] if part != "[key]"]
    where = ".".join(path) or "the configuration"
    if detail["type"] == "extra_forbidden":
        return f"{where}: there is no such setting{did_you_mean(path[-1], names(_at(model, path[:-1])))}."
    return f"{where}: {_what(detail)}."


def _what(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] in ("value_error", "assertion_error"):
        return str(context["error"])
    known = _WRITE.get(detail["type"])
    return detail["msg"] if known is None else known.format(**context)


def _at(model: Any, path: Iterable[str]) -> Any:
    for key in path:
        model = below(model, key)
    return model


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return `; did you mean …?`-words for a misspelt name, or the list of what there is."""
    close = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}"
    return f"; there are {', '.join(known)}" if known else ""
