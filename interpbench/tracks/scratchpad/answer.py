"""The answer file of this track: probabilities that the stated steps decide the answer."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Probability = Annotated[float, Field(ge=0, le=1)]


class PadAnswer(BaseModel):
    """One probability for the network and one for each asked input, or why there are none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    subject: Probability | None = None
    inputs: Annotated[list[Probability], Field(max_length=4096)] = []
    p_present: Probability = 0.5
    not_applicable: str | None = Field(default=None, min_length=1, max_length=500)
    models_trained: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _exactly_one(self) -> "PadAnswer":
        if (self.subject is None) == (self.not_applicable is None):
            raise ValueError("wanted exactly one of `subject` and `not_applicable`")
        return self
