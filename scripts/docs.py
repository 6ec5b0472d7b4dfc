"""Writes the pages of docs/reference that are taken from the code; `--check` says which are out of date."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from scripts import docs_cli, docs_lifecycle, docs_settings

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = Path("docs") / "reference"
PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {"cli.md": docs_cli.page, "lifecycle.md": docs_lifecycle.page, "settings.md": docs_settings.page}
)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write the pages, or with `--check` compare them; 1 where one is not what the code says."""
    if "--check" not in arguments:
        write(root)
        return 0
    stale = differing(root)
    for path in stale:
        print(f"{path} is not what the code says; run `make docs` and commit it.")
    return 1 if stale else 0


def write(root: Path) -> None:
    """Write every page."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (root / FOLDER / name).write_text(page(), encoding="utf-8")


def differing(root: Path) -> list[Path]:
    """The pages that are missing or say something else than the code."""
    return [FOLDER / name for name, page in PAGES.items() if _read(root / FOLDER / name) != page()]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
