"""An answer of which only its being JSON matters."""

from pydantic import BaseModel


class Anything(BaseModel):
    """Any object."""
