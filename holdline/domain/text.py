"""Text from outside is data: no control characters, no caller numbers, bounded length."""

import json
import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_KEPT = rf"(?<![\w.:/+-])(?:{_OCTET}(?:\.{_OCTET}){{3}}(?:/\d\d?)?|\d{{4}}-[01]\d-[0-3]\d)(?![\w-]|\.\d)"
_SPACED = r"[\d ()/.\u2010-\u2015\u2212-]"
_WORDS = r"(?<!\w)(?:ani|dnis|phone|mobile|number|call(?:er|ee|ed|ing)|from|to)\s?[:=]\s?"
_BEFORE = rf"(?P<word>{_WORDS})\+?|(?<!\w)[+＋]|(?<![\w.:/-])"
_NUMBER = re.compile(
    rf"(?P<kept>{_KEPT})|(?<!\w)tel:\S+|(?:{_BEFORE})\(?\d(?:{_SPACED}|(?<=\d)_){{6,}}\d(?=x\d|ext|(?!\w|-\w))",
    re.IGNORECASE,
)
_UUID = re.compile(r"\d{8}-\d{4}-\d{4}-\d{4}-\d{12}")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
MARK = "[number]"
_BESIDE_A_NAME = re.compile(r"<[^\s@<>]*@[^\s@<>]*>")
_ADDRESS = re.compile(r"([^\s@]+)@[^\s()]+")
_LONGEST_PERSON = 400


def clean(text: str, limit: int = 200) -> str:
    """Return one line of printable text of at most `limit` characters, without telephone numbers."""
    visible = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in text[: limit * 4])
    return cut(without_numbers(" ".join(visible.split())), limit)


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters, with a sign where some are left out."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def person(text: str) -> str:
    """Who somebody is, in at most 100 characters: of an e-mail address only what stands before the @.

    `maria.huber@example.com` is maria.huber; `Maria Huber <maria.huber@example.com>` is Maria Huber.
    """
    said = text[:_LONGEST_PERSON]
    name = _BESIDE_A_NAME.sub("", said).strip() or said.strip("<> ")
    return clean(_ADDRESS.sub(r"\1", name), 100)


def addresses(text: str) -> tuple[str, ...]:
    """The e-mail addresses that stand beside a name, as Azure DevOps writes people."""
    return tuple(each.strip("<>") for each in _BESIDE_A_NAME.findall(text[:_LONGEST_PERSON]))


def known_by(text: str) -> tuple[str, ...]:
    """What somebody may be known by: what was said of them, the name alone where addresses stand beside it, and these.

    What stands before an @ is none of it: it may be a colleague's at another house.
    """
    name = _BESIDE_A_NAME.sub("", text[:_LONGEST_PERSON]).strip()
    return tuple(dict.fromkeys(each for each in (text.strip(), name, *addresses(text)) if each))


def escaped(text: str) -> str:
    """Text, JSON above all, in which what is not printable is written as JSON escapes it; its lines stay lines."""
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def without_numbers(text: str) -> str:
    """Replace what looks like a telephone number of 8 digits or more; dates, addresses and identifiers stay."""
    return _NUMBER.sub(_mask, text)


def _mask(match: re.Match[str]) -> str:
    found, word = match.group(), match.groupdict()["word"] or ""
    digits = sum(c.isdigit() for c in found)
    if match["kept"] or _UUID.fullmatch(found) or (digits > 15 and found.isdecimal()):
        return found
    return found if digits < 8 and found[:4].lower() != "tel:" else word + MARK


def _name(text: str) -> str:
    return clean(text, 100)


Line = Annotated[str, AfterValidator(clean)]
"""A cleaned line of at most 200 characters."""

Name = Annotated[str, AfterValidator(_name)]
"""A cleaned name of at most 100 characters, which as a search attribute stays under 2,048 bytes in any alphabet.

Temporal refuses to start a workflow with a longer one, and ends a workflow that sets one.
"""

Person = Annotated[str, AfterValidator(person)]
"""Somebody as a vendor tells of them, without an e-mail address: it would reach tickets, rooms and the Temporal UI."""
