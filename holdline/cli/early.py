"""The first moment of a process, in which next to nothing is loaded: it answers interrupts before the rest is."""

from importlib import import_module

from holdline.cli.abrupt import abrupt


def entry() -> None:
    """The command `holdline`."""
    with abrupt():
        main = import_module("holdline.cli.main")
    main.entry()
