"""The circuits track: which components of a network carry a behaviour?"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel

from interpbench.bundle.folder import Bundle
from interpbench.bundle.strict import parse_strict
from interpbench.bundle.tier import Tier
from interpbench.tracks.circuits.answer import CircuitAnswer
from interpbench.tracks.circuits.family import CircuitTask, graph_of, passes
from interpbench.tracks.circuits.key import CircuitKey
from interpbench.tracks.circuits.question import TRACK as NAME
from interpbench.tracks.circuits.question import Question
from interpbench.tracks.circuits.score import METRICS, RUNGS, Opened, judge, reduce
from interpbench.tracks.claim import Claim
from interpbench.tracks.dev_score import Unscaled
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.track import Metric


@final
class Circuits(Unscaled):
    """Implements `interpbench.tracks.track.Track`."""

    name: ClassVar[str] = NAME
    headline: ClassVar[str] = "carriers"
    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    parts: ClassVar[Sequence[str]] = tuple(rung.value for rung in RUNGS)
    beside: ClassVar[Sequence[str]] = ("edges", "faithfulness", "auroc")
    scatter: ClassVar[tuple[str, str] | None] = ("carriers", "faithfulness")
    claims: ClassVar[Sequence[Claim]] = ()

    def bundle(self, question: Question, tier: Tier, study: bytes | None) -> Bundle:
        """Pairs and network, cut to a tier."""
        return question.bundle(tier, study)

    def study_bundle(self, question: Question) -> Bundle:
        """Pairs alone."""
        return question.bundle(Tier.DATA)

    def read_answer(self, content: bytes) -> CircuitAnswer:
        """Scores, or a reason."""
        return parse_strict(CircuitAnswer, content, "answer.json")

    def refuse(self, question: Question, answer: CircuitAnswer) -> str | None:
        """Scores of another number of nodes than the graph has."""
        if answer.nodes is None:
            return None
        config, _ = question.network
        graph = graph_of(config, question.asked.groups)
        shape = [len(graph.readers)] * len(graph.writers)
        if len(answer.nodes) != len(graph.writers) - 1:
            return f"{len(answer.nodes)} nodes scored, wanted {len(graph.writers) - 1}"
        if answer.edges is not None and [len(line) for line in answer.edges] != shape:
            return (
                f"edges: {len(answer.edges)} lines, wanted {len(shape)} writers with {len(graph.readers)} readers each"
            )
        if answer.capped and answer.passes > question.asked.passes:
            return f"{answer.passes} rows run through the network, {question.asked.passes} are allowed"
        return None

    def oracle(self, task: CircuitTask, unit: str, suite_seed: str) -> bytes:
        """1 for carriers, 0 for all else; edges, where they are not keyed, by the nodes that they join."""
        key = task.truth(unit, suite_seed)
        document: dict[str, Any] = {
            "schema_version": 1,
            "nodes": [float(node or 0) for node in key.nodes],
            "edges": [[float(edge or 0) for edge in line] for line in key.edges] or None,
            "p_present": float(key.present),
        }
        return json.dumps(document).encode()

    def opened(self, task: CircuitTask, ref: Ref, key: CircuitKey) -> Opened:
        """With the network, since the circuit that an answer names is run."""
        network = partial(task.judged, ref.units[0], ref.suite_seed)
        return Opened(key=key, network=network, passes=passes(len(key.nodes)))

    def judge(
        self, ref: Ref, key: Opened, answers: Mapping[str, CircuitAnswer | None], calibration: BaseModel | None
    ) -> ScoredCell:
        """See `score.judge`; there is no scale."""
        del calibration
        return judge(ref, key, answers)

    def reduce(
        self, cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
    ) -> dict[str, Float[np.ndarray, " replicate"]]:
        """See `score.reduce`."""
        return reduce(cells, weights)

    def guess(self, refs: Sequence[Ref], rng: np.random.Generator) -> dict[str, CircuitAnswer]:
        """Nothing: chance is exact."""
        del refs, rng
        return {}

    def read_key(self, document: Mapping[str, Any]) -> CircuitKey:
        """Of one behaviour of a network."""
        return CircuitKey.model_validate(document)


TRACK = Circuits()
