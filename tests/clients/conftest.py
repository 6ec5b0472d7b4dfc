"""One sandbox for all of these tests."""

from tests.support.rigs import rig, running_rig

__all__ = ["rig", "running_rig"]
