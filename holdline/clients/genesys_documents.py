"""What the documents of Genesys Cloud have in common: camelCase, references, and a PUT that replaces all of it.

https://developer.genesys.cloud/devapps/api-explorer
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel


class Document(BaseModel):
    """A part of a Genesys document, in its camelCase; what is not named here is ignored."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Reference(Document):
    """Another entity."""

    id: Annotated[str, Field(min_length=1)]
    name: str | None = None


class WholeDocument(Document):
    """A document that is given back; `raw` is all of it as it came, for the PUT that replaces it."""

    raw: dict[str, Any] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _kept(cls, value: object) -> object:
        return {**value, "raw": value} if isinstance(value, dict) else value
