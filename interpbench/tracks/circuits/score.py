"""Judging a circuit, and the metrics of the track."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from interpbench.toolkit.metrics.auroc import auroc
from interpbench.toolkit.metrics.precision import precision_skill
from interpbench.tracks.circuits.answer import CircuitAnswer
from interpbench.tracks.circuits.key import CircuitKey, Rung
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.means import Weights, mean, mean_of, share
from interpbench.tracks.track import Metric

RUNGS = tuple(rung for rung in Rung if rung is not Rung.NULL)
_NAMES = tuple(rung.value for rung in RUNGS)


def _skill(title: str, about: str, *kinds: str) -> Metric:
    return Metric(title=title, about=about, chance=0.0, ceiling=1.0, lowest=-1.0, percent=True, kinds=kinds or _NAMES)


def _order(title: str, about: str) -> Metric:
    return Metric(title=title, about=about, chance=0.5, ceiling=1.0, percent=True, kinds=_NAMES)


METRICS: Mapping[str, Metric] = {
    "carriers": _skill(
        "carriers", "average precision of nodes over its expectation in random order; mean over the rungs"
    ),
    **{rung.value: _skill(rung.value, "the same of this rung", rung.value) for rung in RUNGS},
    "edges": _skill("edges", "the same of edges"),
    "auroc": _order("AUROC", "of nodes: pairs of a carrier and a bystander in the right order, ties .5"),
    "edge_auroc": _order("edge AUROC", "the same of edges"),
    "present_brier": Metric(
        title="Brier (present)",
        about="mean squared error of P(some part carries the behaviour), half over trained networks, half over others; "
        "lower is better",
        chance=0.25,
        ceiling=0.0,
    ),
    "coverage": Metric(title="coverage", about="share of instances answered", chance=0.0, ceiling=1.0, percent=True),
    "answered": _skill("answered", "the headline over answered instances alone"),
}


def judge(ref: Ref, key: CircuitKey, answers: Mapping[str, CircuitAnswer | None]) -> ScoredCell:
    """What scores are worth; missing ones, and some of another number of nodes or edges, are worth chance.

    Args:
        ref: the instance, of one unit.
        key: its truth.
        answers: unit -> answer; None where the cell failed.
    """
    answer, family = answers.get(ref.units[0]), ref.family or ref.task
    nothing = {"present_brier": 0.25}
    if key.present:
        nothing |= {"nodes": 0.0, "edges": 0.0, "auroc": 0.5, "edge_auroc": 0.5}
    fault = _fault(answer, key)
    if fault is not None or answer is None or answer.nodes is None:
        return ScoredCell(ref=ref, values=nothing, answered=False, reason=fault or "", family=family)
    values = nothing | {"present_brier": (answer.p_present - key.present) ** 2}
    if key.present:
        values["nodes"], values["auroc"] = _worth(answer.nodes, key.nodes)
        if answer.edges is not None:
            flat = [one for line in answer.edges for one in line]
            values["edges"], values["edge_auroc"] = _worth(flat, [one for line in key.edges for one in line])
    return ScoredCell(ref=ref, values=values, family=family)


def _fault(answer: CircuitAnswer | None, key: CircuitKey) -> str | None:
    if answer is None or answer.nodes is None:
        return "" if answer is None else answer.not_applicable
    if len(answer.nodes) != len(key.nodes):
        return f"{len(answer.nodes)} nodes scored, wanted {len(key.nodes)}"
    if answer.edges is not None and [len(line) for line in answer.edges] != [len(line) for line in key.edges]:
        return f"edges: got {len(answer.edges)} writers, wanted {len(key.edges)} with {len(key.edges[0])} readers each"
    return None


def _worth(scores: Sequence[float], truth: Sequence[int | None]) -> tuple[float, float]:
    """Precision over chance, and AUROC, of what is scored: carriers and bystanders."""
    counted = np.array([one is not None for one in truth])
    carriers = np.array([one == 1 for one in truth])[counted]
    given = np.array(scores)[counted]
    if carriers.all() or not carriers.any():
        return 0.0, 0.5
    return precision_skill(given, carriers), float(auroc(given, carriers))


def reduce(cells: Sequence[ScoredCell], weights: Weights) -> dict[str, Float[np.ndarray, " replicate"]]:
    """Metrics under each row of multiplicities; NaN where nothing counts."""
    kinds = np.array([cell.ref.kind for cell in cells])
    answered = np.array([cell.answered for cell in cells], dtype=bool)
    replicates = len(weights)

    def over(value: str, among: np.ndarray) -> Float[np.ndarray, " replicate"]:
        return mean_of([mean(cells, weights, value, (kinds == rung.value) & among) for rung in RUNGS], replicates)

    every = np.ones(len(cells), dtype=bool)
    trained = np.isin(kinds, _NAMES)
    return {
        "carriers": over("nodes", every),
        **{rung.value: mean(cells, weights, "nodes", kinds == rung.value) for rung in RUNGS},
        "edges": over("edges", every),
        "auroc": over("auroc", every),
        "edge_auroc": over("edge_auroc", every),
        "present_brier": mean_of(
            [mean(cells, weights, "present_brier", mask) for mask in (trained, ~trained)], replicates
        ),
        "coverage": share(weights, answered),
        "answered": over("nodes", answered),
    }
