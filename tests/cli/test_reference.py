"""The pages of docs/reference say what the code says."""

from pathlib import Path

import pytest

from holdline.cli.exits import Exit
from holdline.domain.lifecycle import TABLE
from scripts import docs, docs_cli, docs_lifecycle, docs_settings


def test_the_pages_are_up_to_date() -> None:
    """Nobody has changed a command, a setting or the lifecycle without its page."""
    assert [] == docs.differing(docs.ROOT)


def test_a_page_that_differs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check fails with a sentence for each page that is missing or out of date."""
    docs.write(tmp_path)
    assert 0 == docs.main(["--check"], tmp_path)
    (tmp_path / docs.FOLDER / "cli.md").unlink()
    (tmp_path / docs.FOLDER / "settings.md").write_text("old", encoding="utf-8")
    assert 1 == docs.main(["--check"], tmp_path)
    assert [
        "docs/reference/cli.md is not what the code says; run `make docs` and commit it.",
        "docs/reference/settings.md is not what the code says; run `make docs` and commit it.",
    ] == capsys.readouterr().out.splitlines()


def test_every_exit_code_is_in_the_page() -> None:
    """The table of exit codes is complete."""
    rows = [line.split("|")[1].strip() for line in docs_cli.page().splitlines() if line.startswith("| ")]
    assert ["code", *(str(code.value) for code in Exit)] == rows


def test_every_move_is_in_the_diagram() -> None:
    """The diagram has an arrow for each move of the table, a beginning and two ends."""
    arrows = [line for line in docs_lifecycle.page().splitlines() if "-->" in line]
    assert sum(len(moves) for moves in TABLE.values()) + 3 == len(arrows)


def test_settings_show_their_defaults() -> None:
    """A default is written as an operator would write it."""
    page = docs_settings.page()
    for row in ("| `coalesce` | duration | `1s` |", "| `client_secret` | secret | must be set |"):
        assert row in page
    assert "## `[runbooks.KIND.escalation]`" in page
