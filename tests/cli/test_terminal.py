"""Text from outside on a terminal is data."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.cli.terminal import as_json, data, printable


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    """No control, direction, private or unassigned character survives, and the text stays on one line."""
    kept = printable(text)
    assert not {unicodedata.category(each) for each in kept} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert [kept] == (kept.splitlines() or [""])


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_visible_text_stays_as_it_is(text: str) -> None:
    """Letters, figures and signs of any script are kept."""
    assert text == printable(text)


def test_heaps_of_accents_are_cut() -> None:
    """A letter keeps at most two combining marks."""
    assert "e\u0301\u0301x" == printable("e" + "\u0301" * 50 + "x")


def test_markup_is_not_read() -> None:
    """Square brackets are square brackets."""
    assert "[red]x[/]" == data("[red]x[/]").plain


def test_json_drives_no_terminal_either(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not printable is escaped, in names too; letters of any script stay readable, and nothing is lost."""
    kept = {
        "Grüße \u8a9e": "ok",
        "\x9b2J": ["\x7f", "\u202egnp.exe", "\u2028", "\ud800", "\U000e0041", "\x1b[31m", "\n"],
    }
    as_json(kept)
    printed = capsys.readouterr().out
    assert all(each.isprintable() for each in printed.splitlines())
    assert "Grüße 語" in printed
    assert kept == json.loads(printed)
