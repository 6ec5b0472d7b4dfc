"""Words as the Temporal UI's Markdown may show them."""

from datetime import datetime


def clock(at: datetime) -> str:
    """Hours, minutes, seconds; a format code would import `time` through the sandbox for every row."""
    return at.time().isoformat("seconds")


def code(text: str) -> str:
    """Text that ends neither the code span nor, by a bar or a line break, the row it stands in."""
    return " ".join(text.replace("`", "'").replace("|", "¦").split()) or "-"
