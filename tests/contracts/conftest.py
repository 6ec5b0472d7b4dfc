"""One sandbox for all of these tests."""

from pathlib import Path

import pytest

from tests.support.rigs import rig, running_rig

__all__ = ["rig", "running_rig"]

LATER = frozenset({"test_salesforce.py", "test_jira.py", "test_azure_devops.py", "test_pager_jsm.py"})
"""The suites of a port that another client has in `make test` as well: a thousand tests that `make long` runs."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is left to `make long` is not even read: that would take each process seconds."""
    return True if collection_path.name in LATER and config.option.markexpr == "not long" else None
