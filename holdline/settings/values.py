"""The kinds of value an operator writes, each with an error that says the accepted form."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError("write true or false")
    return value


def _whole(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("write a whole number without quotes")
    return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("write a number without quotes, such as 0.85")
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError("write an address such as https://api.example.com") from None
    if parts.scheme not in ("http", "https") or not named:
        raise ValueError("write an address such as https://api.example.com")
    if parts.username or parts.password:
        raise ValueError("an address carries no user name or password; secrets have settings of their own")
    if parts.query or parts.fragment:
        raise ValueError("an address ends before ? and #")
    return value.rstrip("/")


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("write host:port, such as 127.0.0.1:9464")
    return value


def is_phone(value: str) -> bool:
    """Whether it is a telephone number in E.164 form."""
    return re.fullmatch(r"\+[1-9][0-9]{6,14}", value) is not None


def _phone(value: str) -> str:
    if not is_phone(value):
        raise ValueError("write the number in international form, such as +43123456789, without spaces")
    return value


_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


def _email_address(value: str) -> str:
    if _ADDRESS.fullmatch(value) is None:
        raise ValueError("write an e-mail address and nothing else, such as alice@example.com")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""true or false."""

Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number, not quoted."""

Share = Annotated[float, BeforeValidator(_number), Field(gt=0, le=1)]
"""A share of the whole, above 0 and up to 1."""

Port = Annotated[Whole, Field(ge=0, le=65535)]
"""A TCP port; 0 takes any free one."""

PerMinute = Annotated[Whole, Field(ge=1, le=100_000)]
"""Requests a minute."""

PerSecond = Annotated[Whole, Field(ge=1, le=10_000)]
"""Requests a second."""

Url = Annotated[str, AfterValidator(_url)]
"""An http or https address without credentials, kept without its final slash."""

Listen = Annotated[str, AfterValidator(_listen)]
"""An address to listen on, host:port."""

Phone = Annotated[str, AfterValidator(_phone)]
"""A telephone number in E.164 form."""

Text = Annotated[str, Field(min_length=1, max_length=500)]
"""A non-empty string."""

EmailAddress = Annotated[str, AfterValidator(_email_address)]
"""An e-mail address without a name beside it, in plain letters."""
