"""What is kept of a method's answers on suite `dev` where these need no scale: its scores, by which it is chosen."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict

from interpbench.tracks.instance import Ref, ScoredCell


class DevScore(BaseModel):
    """Scores on suite `dev`.

    Attributes:
        suite: and its version.
        score: the headline; None where too little was asked.
        parts: metrics that the headline is made of; those that are known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str = "dev"
    score: float | None = None
    parts: dict[str, float] = {}


def dev_score(
    metrics: Mapping[str, Float[np.ndarray, " 1"]], headline: str, parts: Sequence[str], suite: str
) -> DevScore:
    """From what a track's `reduce` gives for suite `dev`, every instance taken once."""
    known = {name: float(values[0]) for name, values in metrics.items() if not np.isnan(values[0])}
    return DevScore(
        suite=suite, score=known.get(headline), parts={name: known[name] for name in parts if name in known}
    )


class Unscaled(ABC):
    """What is the same in all tracks whose answers need no scale; see `interpbench.tracks.track.Track`."""

    headline: ClassVar[str]
    parts: ClassVar[Sequence[str]]

    @abstractmethod
    def judge(self, ref: Ref, key: Any, answers: Mapping[str, Any], calibration: BaseModel | None) -> ScoredCell:
        """What the answers about an instance's units are worth."""

    @abstractmethod
    def reduce(
        self, cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
    ) -> dict[str, Float[np.ndarray, " replicate"]]:
        """Metrics of a set of instances."""

    @final
    def calibrate(
        self, cells: Sequence[tuple[Ref, Any, Mapping[str, Any]]], suite: str, *, sign_given: bool
    ) -> DevScore:
        """The scores alone."""
        del sign_given
        found = self.reduce([self.judge(*cell, None) for cell in cells], np.ones((1, len(cells))))
        return dev_score(found, self.headline, self.parts, suite)

    @final
    def read_calibration(self, document: Mapping[str, Any]) -> DevScore:
        """From `method.yaml`."""
        return DevScore.model_validate(document)

    @final
    @property
    def oracle_calibration(self) -> DevScore:
        """There is no scale."""
        return DevScore(suite="key")
