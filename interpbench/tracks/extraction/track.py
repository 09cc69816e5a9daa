"""The extraction track: data came from a program, a network learnt it; write down the program."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel

from interpbench.bundle.folder import Bundle
from interpbench.bundle.strict import parse_strict
from interpbench.bundle.tier import Tier
from interpbench.tracks.claim import Claim
from interpbench.tracks.dev_score import Unscaled
from interpbench.tracks.extraction.agree import refusal
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import TheoryKey
from interpbench.tracks.extraction.question import TRACK as NAME
from interpbench.tracks.extraction.question import Question
from interpbench.tracks.extraction.score import METRICS, judge, reduce
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.track import Metric


@final
class Extraction(Unscaled):
    """Implements `interpbench.tracks.track.Track`."""

    name: ClassVar[str] = NAME
    headline: ClassVar[str] = "recovery"
    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    parts: ClassVar[Sequence[str]] = ("plain", "twist", "guarded")
    beside: ClassVar[Sequence[str]] = ("agree", "exact", "fidelity", "departures", "length")
    scatter: ClassVar[tuple[str, str] | None] = None
    claims: ClassVar[Sequence[Claim]] = ()

    def bundle(self, question: Question, tier: Tier, study: bytes | None) -> Bundle:
        """Rows and network, cut to a tier."""
        return question.bundle(tier, study)

    def study_bundle(self, question: Question) -> Bundle:
        """Rows and domain alone."""
        return question.study_bundle()

    def read_answer(self, content: bytes) -> TheoryAnswer:
        """One text, or a reason."""
        return parse_strict(TheoryAnswer, content, "answer.json")

    def refuse(self, question: Question, answer: TheoryAnswer) -> str | None:
        """A text that is no theory, and a theory that fails on every input that it is tried on."""
        return None if answer.theory is None else refusal(answer.theory, question.domain)

    def oracle(self, task: ExtractionTask, unit: str, suite_seed: str) -> bytes:
        """The planted rule itself."""
        del suite_seed
        key = task.truth(unit)
        return json.dumps({"schema_version": 1, "theory": key.theory, "p_present": float(key.present)}).encode()

    def opened(self, task: ExtractionTask, ref: Ref, key: TheoryKey) -> TheoryKey:
        """The key itself is enough."""
        del task, ref
        return key

    def judge(
        self, ref: Ref, key: TheoryKey, answers: Mapping[str, TheoryAnswer | None], calibration: BaseModel | None
    ) -> ScoredCell:
        """See `score.judge`; there is no scale."""
        del calibration
        return judge(ref, key, answers)

    def reduce(
        self, cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
    ) -> dict[str, Float[np.ndarray, " replicate"]]:
        """See `score.reduce`."""
        return reduce(cells, weights)

    def guess(self, refs: Sequence[Ref], rng: np.random.Generator) -> dict[str, TheoryAnswer]:
        """A constant for every unit, and no opinion on whether there is a rule."""
        units = sorted({unit for ref in refs for unit in ref.units})
        return {
            unit: TheoryAnswer(theory=f"def rule(x): return {rng.integers(2)}", p_present=float(rng.random()))
            for unit in units
        }

    def read_key(self, document: Mapping[str, Any]) -> TheoryKey:
        """Of one network."""
        return TheoryKey.model_validate(document)


TRACK = Extraction()
