"""Addresses that are more than text: those of our own gateway, and those of workflows, which are secrets."""

from urllib.parse import parse_qsl, urlsplit

_LONGEST = 2500


def is_ours(value: str, ours: str) -> bool:
    """Whether a text is an address of our own gateway, and nothing else; no other is ever made into a link.

    The name of a queue may be an address too. `ours` is the gateway's public address, empty where there is none.
    """
    if not ours or not value.startswith(f"{ours}/") or len(value) > _LONGEST:
        return False
    plain = value.isascii() and value.isprintable() and not set(value) & set(" <>\"'`\\")
    return plain and urlsplit(value).netloc == urlsplit(ours).netloc


def is_workflow(value: str) -> bool:
    """Whether it looks like the address of a Teams workflow's trigger: http(s), a path, and a signature."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    named = bool(parts.hostname) and parts.username is None and parts.path.strip("/") != ""
    return parts.scheme in ("http", "https") and named and "sig" in dict(parse_qsl(parts.query))
