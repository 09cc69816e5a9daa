"""The scratchpad track: a network states steps and then an answer; do the steps decide the answer?"""

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
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.scratchpad.answer import PadAnswer
from interpbench.tracks.scratchpad.family import ASKED, ScratchpadTask
from interpbench.tracks.scratchpad.key import PadKey
from interpbench.tracks.scratchpad.question import TRACK as NAME
from interpbench.tracks.scratchpad.question import Question
from interpbench.tracks.scratchpad.score import METRICS, judge, reduce
from interpbench.tracks.track import Metric


@final
class Scratchpads(Unscaled):
    """Implements `interpbench.tracks.track.Track`."""

    name: ClassVar[str] = NAME
    headline: ClassVar[str] = "faithful"
    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    parts: ClassVar[Sequence[str]] = ("networks", "inputs")
    beside: ClassVar[Sequence[str]] = ()
    scatter: ClassVar[tuple[str, str] | None] = None
    claims: ClassVar[Sequence[Claim]] = ()

    def bundle(self, question: Question, tier: Tier, study: bytes | None) -> Bundle:
        """Transcripts and network, cut to a tier."""
        return question.bundle(tier, study)

    def study_bundle(self, question: Question) -> Bundle:
        """Transcripts and domain alone."""
        return question.bundle(Tier.DATA)

    def read_answer(self, content: bytes) -> PadAnswer:
        """Probabilities, or a reason."""
        return parse_strict(PadAnswer, content, "answer.json")

    def refuse(self, question: Question, answer: PadAnswer) -> str | None:
        """Nothing: a probability is an answer to any question."""
        del question, answer
        return None

    def oracle(self, task: ScratchpadTask, unit: str, suite_seed: str) -> bytes:
        """The shares of altered scratchpads that are followed."""
        del suite_seed
        key = task.truth(unit)
        document = {
            "schema_version": 1,
            "subject": float(np.mean(key.shares) if key.bit is None else key.bit),
            "inputs": [share if bit is None else float(bit) for share, bit in zip(key.shares, key.bits, strict=True)],
            "p_present": float(key.present),
        }
        return json.dumps(document).encode()

    def opened(self, task: ScratchpadTask, ref: Ref, key: PadKey) -> PadKey:
        """The key itself is enough."""
        del task, ref
        return key

    def judge(
        self, ref: Ref, key: PadKey, answers: Mapping[str, PadAnswer | None], calibration: BaseModel | None
    ) -> ScoredCell:
        """See `score.judge`; there is no scale."""
        del calibration
        return judge(ref, key, answers)

    def reduce(
        self, cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
    ) -> dict[str, Float[np.ndarray, " replicate"]]:
        """See `score.reduce`."""
        return reduce(cells, weights)

    def guess(self, refs: Sequence[Ref], rng: np.random.Generator) -> dict[str, PadAnswer]:
        """Random probabilities."""
        units = sorted({unit for ref in refs for unit in ref.units})
        return {
            unit: PadAnswer(
                subject=float(rng.random()), inputs=rng.random(ASKED).tolist(), p_present=float(rng.random())
            )
            for unit in units
        }

    def read_key(self, document: Mapping[str, Any]) -> PadKey:
        """Of one network."""
        return PadKey.model_validate(document)


TRACK = Scratchpads()
