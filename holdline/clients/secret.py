"""Secrets and telephone numbers: read at the moment of use, by a function that somebody else made."""

import asyncio
from collections.abc import Callable

from holdline.domain.text import clean
from holdline.ports import CredentialsRefused

Reader = Callable[[], str]
"""Returns the current value of a secret; may read a file or run a command. Raises OSError, which names no value."""


async def reveal(vendor: str, name: str, reader: Reader) -> str:
    """Read a secret now. Raises CredentialsRefused where there is none that fits into a header."""
    try:
        value = (await asyncio.to_thread(reader)).strip()
    except OSError as error:
        raise CredentialsRefused(vendor, f"the {name} cannot be read: {clean(str(error))}") from None
    if not value or not value.isascii() or not value.isprintable():
        raise CredentialsRefused(vendor, f"the {name} is empty or holds characters that it cannot have")
    return value
