"""The answer file of this track: scores of nodes and edges."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Score = Annotated[float, Field(allow_inf_nan=False)]
Scores = Annotated[list[Score], Field(max_length=4096)]


class CircuitAnswer(BaseModel):
    """One score for each node, and for each edge if there are any, or why there are none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    nodes: Scores | None = None
    edges: Annotated[list[Scores], Field(max_length=1024)] | None = None
    p_present: float = Field(default=0.5, ge=0, le=1)
    not_applicable: str | None = Field(default=None, min_length=1, max_length=500)
    models_trained: int = Field(default=0, ge=0)
    passes: int = Field(default=0, ge=0)
    """Rows that were run through the network."""
    capped: bool = True
    """Whether the method wants to be held to the question's number of them."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "CircuitAnswer":
        if (self.nodes is None) == (self.not_applicable is None):
            raise ValueError("wanted exactly one of `nodes` and `not_applicable`")
        return self
