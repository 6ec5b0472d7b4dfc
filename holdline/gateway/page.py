"""The page behind a link: one question in plain words, nothing from elsewhere, and nothing that runs."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:10vh auto;padding:0 1.2rem}"
    "h1{font-size:1.5rem;font-weight:600}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1.2rem}"
    "dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}"
    "button{font:inherit;font-weight:600;padding:.7rem 1.6rem;margin-top:1.2rem;border-radius:.5rem;"
    "border:1px solid;background:transparent;color:inherit}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
)


def page(
    title: str, words: str = "", facts: Mapping[str, str] | None = None, *, ask: str = "", status: int = 200
) -> Response:
    """A page with a heading, a sentence and a few facts; `ask` is the word on its one button, which posts to itself."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in (facts or {}).items() if value)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(words)}</p>" if words else "",
        f"<dl>{rows}</dl>" if rows else "",
        f'<form method="post"><button type="submit">{escape(ask)}</button></form>' if ask else "",
    ]
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )
    return Response(html, status, dict(_HEADERS), media_type="text/html; charset=utf-8")
