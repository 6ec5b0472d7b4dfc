"""The two kinds of values: what is persisted tolerates newer fields, what an operator writes does not."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that travels through histories: an unknown field of a newer release is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Rule(BaseModel):
    """A value that an operator writes: an unknown field is a mistake and is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
