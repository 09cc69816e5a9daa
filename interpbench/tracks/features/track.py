"""The features track: recover the variables that activations hold."""

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
from interpbench.tracks.features.answer import FeatureAnswer
from interpbench.tracks.features.family import FeaturesTask
from interpbench.tracks.features.key import FeatureKey
from interpbench.tracks.features.oracle import known
from interpbench.tracks.features.question import TRACK as NAME
from interpbench.tracks.features.question import World
from interpbench.tracks.features.refusal import refusal
from interpbench.tracks.features.score import KINDS, METRICS, judge, reduce
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.track import Metric


@final
class Features(Unscaled):
    """Implements `interpbench.tracks.track.Track`."""

    name: ClassVar[str] = NAME
    headline: ClassVar[str] = "recovered"
    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    parts: ClassVar[Sequence[str]] = tuple(kind.value for kind in KINDS)
    beside: ClassVar[Sequence[str]] = ("correlation", "firing")
    scatter: ClassVar[tuple[str, str] | None] = None
    claims: ClassVar[Sequence[Claim]] = ()

    def bundle(self, question: World, tier: Tier, study: bytes | None) -> Bundle:
        """Activations, tokens, labels and network, cut to a tier."""
        return question.bundle(tier, study)

    def study_bundle(self, question: World) -> Bundle:
        """Nothing: no two questions share what could be studied."""
        return question.study_bundle()

    def read_answer(self, content: bytes) -> FeatureAnswer:
        """Codes, predictions or a probability; or a reason."""
        return parse_strict(FeatureAnswer, content, "answer.json")

    def refuse(self, question: World, answer: FeatureAnswer) -> str | None:
        """An answer to something else, for another number of inputs, or with more latents than allowed."""
        return refusal(question.wants, len(question.asked), question.size, len(question.variables), answer)

    def oracle(self, task: FeaturesTask, unit: str, suite_seed: str) -> bytes:
        """The planted variables themselves."""
        del suite_seed
        return json.dumps(known(task.truth(unit))).encode()

    def opened(self, task: FeaturesTask, ref: Ref, key: FeatureKey) -> FeatureKey:
        """The key itself is enough."""
        del task, ref
        return key

    def judge(
        self, ref: Ref, key: FeatureKey, answers: Mapping[str, FeatureAnswer | None], calibration: BaseModel | None
    ) -> ScoredCell:
        """See `score.judge`; there is no scale."""
        del calibration
        return judge(ref, key, answers)

    def reduce(
        self, cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
    ) -> dict[str, Float[np.ndarray, " replicate"]]:
        """See `score.reduce`."""
        return reduce(cells, weights)

    def guess(self, refs: Sequence[Ref], rng: np.random.Generator) -> dict[str, FeatureAnswer]:
        """No codes and no predictions, which score chance as random ones do, and no opinion on what is present."""
        units = sorted({unit for ref in refs for unit in ref.units})
        return {unit: FeatureAnswer(not_applicable="a guess", p_present=float(rng.random())) for unit in units}

    def read_key(self, document: Mapping[str, Any]) -> FeatureKey:
        """Of one world."""
        return FeatureKey.model_validate(document)


TRACK = Features()
