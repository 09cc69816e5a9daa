"""The answer file of this track: codes, predictions or a probability."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Probability = Annotated[float, Field(ge=0, le=1)]
MOST = 16_384
"""Asked inputs of a question at most; also latents that fire at one."""


class FeatureAnswer(BaseModel):
    """One of four things: what the question wants, or why it is not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    active: Annotated[list[list[Annotated[int, Field(ge=0)]]], Field(max_length=MOST)] | None = None
    """Latents that fire at each asked input."""
    values: Annotated[list[list[float]], Field(max_length=MOST)] | None = None
    """How strongly."""
    predictions: Annotated[list[list[float]], Field(max_length=MOST)] | None = None
    """The variables at each asked input."""
    p_superposed: Probability | None = None
    p_present: Probability = 0.5
    not_applicable: str | None = Field(default=None, min_length=1, max_length=500)
    models_trained: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _exactly_one(self) -> "FeatureAnswer":
        given = [self.active, self.predictions, self.p_superposed, self.not_applicable]
        if sum(one is not None for one in given) != 1:
            raise ValueError("wanted exactly one of `active`, `predictions`, `p_superposed` and `not_applicable`")
        if (self.active is None) != (self.values is None):
            raise ValueError("wanted `values` with `active`, and only with it")
        for place, (indices, values) in enumerate(zip(self.active or [], self.values or [], strict=False)):
            if len(indices) != len(values):
                raise ValueError(f"input {place}: {len(indices)} latents and {len(values)} values")
            if len(set(indices)) < len(indices):
                raise ValueError(f"input {place}: a latent is named twice")
        if len(self.active or []) != len(self.values or []):
            raise ValueError("wanted as many lists in `values` as in `active`")
        return self
