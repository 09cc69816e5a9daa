"""The generalization track: two networks get every shown row right; which one generalises?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from interpbench.bundle.folder import Bundle
from interpbench.bundle.strict import parse_strict
from interpbench.bundle.tier import Tier
from interpbench.tracks.claim import Claim
from interpbench.tracks.generalization.answer import Calibration, Forecast, UnitAnswer
from interpbench.tracks.generalization.calibration import fit
from interpbench.tracks.generalization.claims import CLAIMS
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.key import GradedKey, PairKey, RunKey
from interpbench.tracks.generalization.question import Question
from interpbench.tracks.generalization.score import METRICS, judge, reduce
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.track import Metric


class Generalization:
    """Implements `interpbench.tracks.track.Track`."""

    name: ClassVar[str] = "generalization"
    headline: ClassVar[str] = "accuracy"
    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    parts: ClassVar[Sequence[str]] = ("recipe", "fraction", "seed")
    beside: ClassVar[Sequence[str]] = ("brier", "false_positives")
    scatter: ClassVar[tuple[str, str] | None] = None
    claims: ClassVar[Sequence[Claim]] = CLAIMS

    def bundle(self, question: Question, tier: Tier, study: bytes | None) -> Bundle:
        """The subject with its rows, cut to a tier."""
        return question.bundle(tier, study)

    def study_bundle(self, question: Question) -> Bundle:
        """Rows and domain alone."""
        return question.bundle(Tier.DATA)

    def read_answer(self, content: bytes) -> UnitAnswer:
        """One finite score, or a reason."""
        return parse_strict(UnitAnswer, content, "answer.json")

    def refuse(self, question: Question, answer: UnitAnswer | Forecast) -> str | None:
        """Nothing: a number is an answer to any question."""
        del question, answer
        return None

    def oracle(self, task: GeneralizationTask, unit: str, suite_seed: str) -> bytes:
        """The test accuracy itself; for a checkpoint that of the end of its run."""
        del suite_seed
        model = unit.rpartition("@")[0]
        return json.dumps({"schema_version": 1, "score": task.accuracy(model)}).encode()

    def opened(self, task: GeneralizationTask, ref: Ref, key: PairKey) -> PairKey:
        """The key itself is enough."""
        del task, ref
        return key

    def judge(
        self,
        ref: Ref,
        key: PairKey | GradedKey | RunKey,
        answers: Mapping[str, UnitAnswer | None],
        calibration: Calibration | None,
    ) -> ScoredCell:
        """See `score.judge`."""
        return judge(ref, key, answers, calibration)

    def reduce(
        self, cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
    ) -> dict[str, Float[np.ndarray, " replicate"]]:
        """See `score.reduce`."""
        return reduce(cells, weights)

    def guess(self, refs: Sequence[Ref], rng: np.random.Generator) -> dict[str, UnitAnswer]:
        """A standard normal score for every unit."""
        units = sorted({unit for ref in refs for unit in ref.units})
        return {
            unit: UnitAnswer(score=float(score)) for unit, score in zip(units, rng.normal(size=len(units)), strict=True)
        }

    def calibrate(
        self,
        cells: Sequence[tuple[Ref, PairKey | GradedKey | RunKey, Mapping[str, UnitAnswer | None]]],
        suite: str,
        *,
        sign_given: bool,
    ) -> Calibration:
        """See `calibration.fit`."""
        return fit(cells, suite, sign_given=sign_given)

    def read_calibration(self, document: Mapping[str, Any]) -> Calibration:
        """From `method.yaml`."""
        return Calibration.model_validate(document)

    def read_key(self, document: Mapping[str, Any]) -> PairKey | GradedKey | RunKey:
        """Of a pair, of a checkpoint or of one network."""
        if "arrival" in document:
            return RunKey.model_validate(document)
        return PairKey.model_validate(document) if "kind" in document else GradedKey.model_validate(document)

    @property
    def oracle_calibration(self) -> Calibration:
        """Accuracies .45 apart differ for certain, accuracies .05 apart do not; a run at .95 generalises, not at .5."""
        forecast = Forecast(slope=40.0, offset=-29.0, checkpoints=0)
        return Calibration(slope=40.0, offset=-20.0, gain=2.0, pairs=0, suite="key", forecast=forecast)


TRACK = Generalization()
