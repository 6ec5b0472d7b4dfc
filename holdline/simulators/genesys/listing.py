"""Entity listings, page by page."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from holdline.simulators.genesys.errors import bad_request

DEFAULT_SIZE, LARGEST_SIZE = 25, 500

Items = Iterable[Any]


def listing(request: Request, items: Items, body: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """One page of entities; only the items of the page are written out."""
    found = list(items)
    size = whole_number(request, "pageSize", DEFAULT_SIZE, LARGEST_SIZE)
    page = whole_number(request, "pageNumber", 1, 1_000_000)
    pages = max(1, -(-len(found) // size))
    entities = [body(item) for item in found[(page - 1) * size : page * size]]
    counts = {"pageSize": size, "pageNumber": page, "total": len(found), "pageCount": pages}
    return {"entities": entities, **counts, **links(request, page, pages)}


def links(request: Request, page: int, pages: int) -> dict[str, str]:
    """Where this page's neighbours are."""
    numbers = {"selfUri": page, "firstUri": 1, "lastUri": pages}
    if page < pages:
        numbers["nextUri"] = page + 1
    if page > 1:
        numbers["previousUri"] = page - 1
    return {name: page_uri(request, number) for name, number in numbers.items()}


def page_uri(request: Request, number: int) -> str:
    """The address of another page of the same listing."""
    query = urlencode({**request.query_params, "pageNumber": str(number)})
    return f"{request.url.path}?{query}"


def whole_number(request: Request, name: str, default: int, largest: int) -> int:
    """A query parameter from 1 to `largest`. Raises GenesysError 400."""
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= largest:
        raise bad_request(f"The value of {name} must be a whole number from 1 to {largest}.", "invalid.value")
    return int(text)
