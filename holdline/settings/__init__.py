"""The configuration: `holdline.toml`, and the environment `HOLDLINE_*` over it."""

from holdline.settings.check import check, notices
from holdline.settings.loading import ConfigInvalid, load
from holdline.settings.rendering import render
from holdline.settings.sections import Role
from holdline.settings.tree import Settings

__all__ = ["ConfigInvalid", "Role", "Settings", "check", "load", "notices", "render"]
