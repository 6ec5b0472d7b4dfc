"""The single settings, each with its path."""

from collections.abc import Iterator

from pydantic import BaseModel

from holdline.secrets import Secret


def secrets(settings: BaseModel) -> list[tuple[str, Secret]]:
    """Return every secret with the path of its setting."""
    return [(path, value) for path, value in leaves(settings) if isinstance(value, Secret)]


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield what is no section, table or list, with its path, such as `gateway.secrets.events.0`."""
    match value:
        case BaseModel():
            children = [(name, getattr(value, name)) for name in type(value).model_fields]
        case dict():
            children = [(str(name), each) for name, each in value.items()]
        case tuple():
            children = [(str(index), each) for index, each in enumerate(value)]
        case _:
            yield path, value
            return
    for name, each in children:
        yield from leaves(each, f"{path}.{name}" if path else name)
