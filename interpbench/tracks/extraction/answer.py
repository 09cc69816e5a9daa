"""The answer file of this track: a theory as text, and how sure the method is that there is one."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from interpbench.theory.limits import TEXT


class TheoryAnswer(BaseModel):
    """A theory, or why there is none. Whether the text is a theory at all is for the judge to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    theory: str | None = Field(default=None, max_length=TEXT)
    p_present: float = Field(default=0.5, ge=0, le=1)
    not_applicable: str | None = Field(default=None, min_length=1, max_length=500)
    models_trained: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _exactly_one(self) -> "TheoryAnswer":
        if (self.theory is None) == (self.not_applicable is None):
            raise ValueError("wanted exactly one of `theory` and `not_applicable`")
        return self
