"""The shape of the code is checked, and an exception carries its reason."""

from pathlib import Path

import pytest

from scripts.budgets import check, sources

HEAD = '"""A module."""\n'
LONG = HEAD + "def far():\n" + "    x = 1\n" * 40

BREAKS = {
    "long-function": LONG,
    "long-file": HEAD + "x = 1\n" * 400,
    "docstring": "x = 1\n",
    "inner-import": HEAD + "def f():\n    import os\n    return os\n",
    "empty-name": HEAD + "class PageManager:\n    pass\n",
    "mock": HEAD + "from unittest import mock\n",
    "unfinished": HEAD + "x = 1  # TODO\n",
    "idle-reason": HEAD + "x = 1  # allowed: broad-except: nothing is caught here\n",
}

BROAD = ["except Exception:", "except BaseException as e:", "except:", "except (ValueError, Exception):"]


def rules(tmp_path: Path, text: str, name: str = "module.py") -> list[str]:
    """The rules that this content breaks."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return [finding.rule for finding in check(path)]


@pytest.mark.parametrize("rule", BREAKS)
def test_what_breaks_a_rule_is_found(tmp_path: Path, rule: str) -> None:
    """Each rule finds what it is there for."""
    assert [rule] == rules(tmp_path, BREAKS[rule])


@pytest.mark.parametrize("handler", BROAD)
def test_catching_everything_is_found(tmp_path: Path, handler: str) -> None:
    """However it is written, a handler of everything needs a reason."""
    text = f"{HEAD}try:\n    x = 1\n{handler}  # here\n    x = 2\n"
    assert ["broad-except"] == rules(tmp_path, text)
    assert [] == rules(tmp_path, text.replace("# here", "# allowed: broad-except: the process edge logs it"))
    assert ["broad-except"] == rules(tmp_path, text.replace("# here", "# allowed: broad-except:"))


def test_suppressing_everything_is_catching_everything(tmp_path: Path) -> None:
    """`suppress(Exception)` is a handler too."""
    assert ["broad-except"] == rules(tmp_path, f"{HEAD}with suppress(Exception):\n    x = 1\n")


def test_a_test_states_its_promise(tmp_path: Path) -> None:
    """A test without a sentence is found, other functions need none."""
    text = HEAD + "def test_it():\n    pass\n"
    assert ["docstring"] == rules(tmp_path, text, "test_it.py")
    assert [] == rules(tmp_path, text)


def test_forty_lines_are_enough(tmp_path: Path) -> None:
    """The budget's last line is inside it."""
    assert [] == rules(tmp_path, LONG.removesuffix("    x = 1\n"))


def test_every_folder_is_looked_at() -> None:
    """The check sees the product, its scripts and its tests."""
    found = {path.parts[0] for path in sources(Path(__file__).parents[2])}
    assert {"holdline", "workflows", "activities", "workers", "scripts", "tests"} <= found
