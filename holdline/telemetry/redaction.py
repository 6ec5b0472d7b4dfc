"""Takes secrets and telephone numbers out of text that is about to leave the process."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from holdline.secrets import Secret

HIDDEN = "[secret]"
NUMBER = "[number]"
# Shorter values would take ordinary words with them.
_SHORTEST = 6
_CREDENTIALS = re.compile(r"\b(bearer|basic|token token=|v1[,=])(\s*)[\w+/=.~-]{8,}", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_PHONE = re.compile(r"(?<!\w)(?:\+|%2B|tel:\+?)\d(?:[ ().-]{0,2}\d){6,14}(?!\d)", re.IGNORECASE)


class Redaction:
    """Knows the secrets of this process; whatever was read of them is taken out, and what looks like a credential."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = tuple(secrets)

    def text(self, text: str) -> str:
        """Return the text without secrets and telephone numbers."""
        for value in self._values():
            text = text.replace(value, HIDDEN)
        text = _IN_ADDRESS.sub(HIDDEN, _CREDENTIALS.sub(rf"\1\2{HIDDEN}", text))
        return _PHONE.sub(NUMBER, text)

    def tree(self, value: Any) -> Any:
        """Return a value of texts, numbers, lists and tables without secrets and telephone numbers."""
        match value:
            case None | bool() | int() | float():
                return value
            case dict():
                return {self.text(str(key)): self.tree(each) for key, each in value.items()}
            case list() | tuple():
                return [self.tree(each) for each in value]
            case _:
                return self.text(str(value))

    def _values(self) -> list[str]:
        """The values read so far and how they look inside an address, the longest first."""
        seen = {value for secret in self._secrets for value in secret.seen if len(value) >= _SHORTEST}
        forms = {
            form for value in seen for form in (value, quote(value, safe=""), quote_plus(value), repr(value)[1:-1])
        }
        return sorted(forms, key=len, reverse=True)
