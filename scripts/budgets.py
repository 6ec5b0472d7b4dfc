"""Checks the shape of the code: sizes, imports, handlers, docstrings. One finding a line, and exit status 1.

A finding that is right as it is carries its reason on its line: `# allowed: broad-except: the process edge logs it`.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("holdline", "workflows", "activities", "workers", "scripts", "benchmarks", "tests")
LONGEST_FUNCTION = 40
LONGEST_FILE = 400
_BROAD = {"Exception", "BaseException"}
_EMPTY_NAMES = ("Manager", "Helper", "Util", "Utils", "Base", "Impl")
_MOCKS = {"unittest.mock", "mock"}
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_ALLOWED = re.compile(r"#\s*allowed:\s*([a-z-]+):\s*(\S.{9,})")
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, order=True)
class Finding:
    """One place that breaks a rule."""

    line: int
    rule: str
    what: str


def main() -> int:
    """Check the given files, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    paths = parser.parse_args().paths or sources(Path.cwd())
    told = [f"{path}:{each.line}: {each.rule}: {each.what}" for path in paths for each in check(path)]
    print("\n".join(told) or f"budgets hold in {len(paths)} files")
    return 1 if told else 0


def sources(root: Path) -> list[Path]:
    """Return every Python file of ours."""
    found = [path for folder in FOLDERS for path in (root / folder).rglob("*.py")]
    return sorted(path.relative_to(root) for path in found)


def check(path: Path) -> list[Finding]:
    """Return the findings in one file, those that carry a reason left out."""
    text = path.read_text(encoding="utf-8")
    tests = path.name.startswith("test_")
    found = sorted({*_file(text), *_tree(ast.parse(text), tests)})
    reasons = {(number, rule) for number, rule in _reasons(text)}
    left = [each for each in found if (each.line, each.rule) not in reasons]
    needed = {(each.line, each.rule) for each in found}
    idle = [Finding(number, "idle-reason", f"nothing here breaks {rule}") for number, rule in reasons - needed]
    return sorted(left + idle)


def _comments(text: str, like: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """The comments, where there may be one like this: taking a file apart costs most of the time."""
    if like.search(text) is None:
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _reasons(text: str) -> Iterator[tuple[int, str]]:
    for number, comment in _comments(text, _ALLOWED):
        match = _ALLOWED.search(comment)
        if match:
            yield number, match.group(1)


def _file(text: str) -> Iterator[Finding]:
    size = len(text.splitlines())
    if size > LONGEST_FILE:
        yield Finding(1, "long-file", f"{size} lines, at most {LONGEST_FILE}")
    for number, comment in _comments(text, _UNFINISHED):
        if _UNFINISHED.search(comment):
            yield Finding(number, "unfinished", "finish it, or write down what is left where it is tracked")


def _tree(tree: ast.Module, tests: bool) -> Iterator[Finding]:
    if ast.get_docstring(tree) is None:
        yield Finding(1, "docstring", "the module says in one sentence what it is")
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            yield from _function(node, tests)
        if isinstance(node, ast.ClassDef) and node.name.endswith(_EMPTY_NAMES):
            yield Finding(node.lineno, "empty-name", f"{node.name} says how it is built, not what it is")
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _names(node.type) & _BROAD):
            yield Finding(node.lineno, "broad-except", "name the errors that are expected")
        if isinstance(node, ast.Call) and _called(node) == "suppress" and _BROAD & _names(*node.args):
            yield Finding(node.lineno, "broad-except", "name the errors that are expected")
        if isinstance(node, (ast.Import, ast.ImportFrom)) and _modules(node) & _MOCKS:
            yield Finding(node.lineno, "mock", "use a fake with the port's methods, or a simulator")


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, tests: bool) -> Iterator[Finding]:
    size = (node.end_lineno or node.lineno) - node.lineno + 1
    if size > LONGEST_FUNCTION:
        yield Finding(node.lineno, "long-function", f"{node.name} has {size} lines, at most {LONGEST_FUNCTION}")
    if tests and node.name.startswith("test_") and ast.get_docstring(node) is None:
        yield Finding(node.lineno, "docstring", f"{node.name} states in one sentence what is promised")
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Import, ast.ImportFrom)):
            yield Finding(inner.lineno, "inner-import", "imports stand at the top of the file")


def _names(*nodes: ast.expr) -> set[str]:
    return {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)}


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _modules(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {alias.name for alias in node.names}


if __name__ == "__main__":
    sys.exit(main())
