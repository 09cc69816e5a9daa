"""What a method answers about one subject, and what that says about a pair of them."""

import math

from pydantic import BaseModel, ConfigDict, Field, model_validator


class UnitAnswer(BaseModel):
    """The answer file of one cell: a real score (higher: generalises better), or why there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    score: float | None = Field(default=None, allow_inf_nan=False)
    not_applicable: str | None = Field(default=None, min_length=1, max_length=500)
    models_trained: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _exactly_one(self) -> "UnitAnswer":
        if (self.score is None) == (self.not_applicable is None):
            raise ValueError("wanted exactly one of `score` and `not_applicable`")
        return self


class Forecast(BaseModel):
    """A fixed logistic from the score of a checkpoint to P(its run generalises), set once on suite `dev`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slope: float = Field(allow_inf_nan=False)
    offset: float = Field(allow_inf_nan=False)
    checkpoints: int = Field(ge=0)
    """Checkpoints of `dev` that it was fitted on; 0 means by hand."""

    def probability(self, score: float) -> float:
        """P(the run generalises)."""
        z = self.offset + (self.slope * score if self.slope else 0.0)  # 0 * inf is NaN
        return sigmoid(max(-1e3, min(1e3, z)))


class Calibration(BaseModel):
    """A fixed logistic from score differences to probabilities, set once on suite `dev`.

    P(a generalises better) = sigmoid(slope * (score_a - score_b)); a negative slope says that on `dev` a lower score
    went with generalisation. P(they differ) = sigmoid(offset + gain * |slope * (score_a - score_b)|).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    slope: float = Field(allow_inf_nan=False)
    offset: float = Field(allow_inf_nan=False)
    gain: float = Field(allow_inf_nan=False)
    pairs: int = Field(ge=0)
    """Pairs of `dev` that it was fitted on; 0 means by hand."""
    suite: str = "dev"
    """Suite and version that it was fitted on."""
    score: float | None = Field(default=None, ge=0, le=1)
    """Headline score there, on the pairs that fixed the sign; it decides which rival is the one to beat."""
    forecast: Forecast | None = None
    """The scale of forecasts, where `dev` has runs to fit it on."""


class Answer(BaseModel):
    """What a method's scores say about a pair."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    score_a: float
    score_b: float
    p_a: float = Field(ge=0, le=1)
    """P(a generalises better)."""
    p_present: float = Field(ge=0, le=1)
    """P(they differ in how well they generalise)."""


UNCALIBRATED = 0.75
"""What an uncalibrated method is taken to mean by 'a scores higher': its Brier score is then neither flattered nor
ruined, and the board marks the row."""


def sigmoid(z: float) -> float:
    """1 / (1 + exp(-z)), without overflow."""
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def assemble(score_a: float, score_b: float, calibration: Calibration | None) -> Answer:
    """The answer about a pair from the scores of its members."""
    if calibration is None:
        p_a = 0.5 if score_a == score_b else (UNCALIBRATED if score_a > score_b else 1 - UNCALIBRATED)
        return Answer(score_a=score_a, score_b=score_b, p_a=p_a, p_present=0.5)
    z = calibration.slope * (score_a - score_b) if calibration.slope else 0.0  # 0 * inf is NaN
    z = max(-1e3, min(1e3, z))
    return Answer(
        score_a=score_a,
        score_b=score_b,
        p_a=sigmoid(z),
        p_present=sigmoid(calibration.offset + calibration.gain * abs(z)),
    )
