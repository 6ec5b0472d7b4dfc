"""Kinds of option that several commands take."""

from datetime import timedelta
from typing import Any

import click

from holdline.domain.duration import parse_duration


class DurationParam(click.ParamType[timedelta]):
    """A length of time with its unit, such as `90s` or `5m`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it, or refuse with the accepted form."""
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


DURATION = DurationParam()
