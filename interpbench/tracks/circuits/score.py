"""Judging a circuit, and the metrics of the track."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from interpbench.toolkit.circuits.subgraph import Subgraphs
from interpbench.toolkit.metrics.auroc import auroc
from interpbench.toolkit.metrics.precision import precision_skill
from interpbench.tracks.circuits.answer import CircuitAnswer
from interpbench.tracks.circuits.faithfulness import faithfulness, overshoots, recovered
from interpbench.tracks.circuits.key import CircuitKey, Rung
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.means import Weights, mean, mean_of, share
from interpbench.tracks.track import Metric

RUNGS = tuple(rung for rung in Rung if rung is not Rung.NULL)
_NAMES = tuple(rung.value for rung in RUNGS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """What answers to an instance are held against.

    Attributes:
        key: the truth.
        network: the disguised network with fresh pairs, to run circuits in.
        passes: rows that a ranked method may run.
    """

    key: CircuitKey
    network: Callable[[], Subgraphs]
    passes: int


def _skill(title: str, about: str, *kinds: str) -> Metric:
    return Metric(title=title, about=about, chance=0.0, ceiling=1.0, lowest=-1.0, percent=True, kinds=kinds or _NAMES)


def _order(title: str, about: str) -> Metric:
    return Metric(title=title, about=about, chance=0.5, ceiling=1.0, percent=True, kinds=_NAMES)


_ORDER = "average precision, 0 in random order and 1 with all of them first"
_NETWORKS: Mapping[Rung, str] = {
    Rung.STRICT: "networks trained so that some nodes carry it and the others do not",
    Rung.TUNED: "networks trained on against what is read off their gradients",
    Rung.GADGET: "trained networks with parts set by hand that mislead gradients",
    Rung.BACKUP: "networks in which a head takes over when another one is silenced",
    Rung.SPREAD: "networks in which several heads carry one feature together",
    Rung.COMPILED: "networks all of whose weights are set by hand",
    Rung.MERGED: "networks that hold several others, trained apart, side by side",
}

METRICS: Mapping[str, Metric] = {
    "carriers": _skill(
        "carriers",
        f"how high the nodes that carry the behaviour are ranked: {_ORDER}; mean over the kinds of network",
    ),
    **{
        rung.value: _skill(
            rung.value,
            f"how high the nodes that carry the behaviour are ranked in {_NETWORKS[rung]}: {_ORDER}",
            rung.value,
        )
        for rung in RUNGS
    },
    "edges": _skill(
        "edges",
        f"how high the edges that carry the behaviour are ranked: {_ORDER}; mean over the kinds of network whose edges "
        "are known",
    ),
    "faithfulness": Metric(
        title="faithful",
        about="whether the edges that are ranked highest do alone what the network does: 1 - mean |1 - f(k)| over the "
        "highest k = 1, 2, 5, 10, 20%, f(k) the share of the behaviour that is left when all others are replaced",
        chance=0.0,
        ceiling=1.0,
        percent=True,
        kinds=_NAMES,
    ),
    "overshoot": Metric(
        title="overshoots",
        about="share of the circuits run for `faithful`, of 1, 2, 5, 10, 20% of the edges, that leave less than none "
        "of the behaviour or more than twice as much as the network; lower is better",
        chance=0.0,
        ceiling=0.0,
        percent=True,
        kinds=_NAMES,
    ),
    "auroc": _order(
        "AUROC",
        "share of pairs of a node that carries the behaviour and one that does not that are ranked right, ties .5",
    ),
    "edge_auroc": _order(
        "edge AUROC",
        "share of pairs of an edge that carries the behaviour and one that does not that are ranked right, ties .5",
    ),
    "hidden": _skill(
        "hidden",
        f"how high nodes are ranked that carry the behaviour only while others are replaced: {_ORDER}",
        Rung.BACKUP.value,
        Rung.SPREAD.value,
    ),
    "overlap": Metric(
        title="wrong task",
        about="of the nodes that carry either this behaviour or another one, as many of the highest as carry this one: "
        "the share that carry the other; lower is better",
        chance=0.5,
        ceiling=0.0,
        percent=True,
        kinds=(Rung.MERGED.value, Rung.TUNED.value, Rung.GADGET.value),
    ),
    "present_brier": Metric(
        title="Brier (present)",
        about="mean squared error of P(some part carries the behaviour), half over trained networks, half over others; "
        "lower is better",
        chance=0.25,
        ceiling=0.0,
    ),
    "passes": Metric(
        title="passes",
        about="rows run through the network, as a share of what a ranked method may run; above 100% a reference",
        chance=0.0,
        ceiling=0.0,
        highest=1e9,
        percent=True,
    ),
    "coverage": Metric(title="coverage", about="share of instances answered", chance=0.0, ceiling=1.0, percent=True),
    "answered": _skill("answered", "`carriers` over the answered instances alone"),
}


def judge(ref: Ref, opened: Opened, answers: Mapping[str, CircuitAnswer | None]) -> ScoredCell:
    """What scores are worth; missing ones are worth chance.

    Args:
        ref: the instance, of one unit.
        opened: its truth, and the network.
        answers: unit -> answer; None where the cell failed.
    """
    answer, key = answers.get(ref.units[0]), opened.key
    family = ref.family or ref.task
    nothing = {"present_brier": 0.25}
    if key.present:
        nothing |= {"nodes": 0.0, "auroc": 0.5, "faithfulness": 0.0}  # also of answers that leave edges out
        nothing |= {"edges": 0.0, "edge_auroc": 0.5} if key.edges else {}
        nothing |= {"hidden": 0.0} if key.hidden else {}
    fault = None if answer is None else fault_of(answer, key, opened.passes)
    if answer is None or answer.nodes is None or fault is not None:
        reason = fault or ("" if answer is None else answer.not_applicable or "")
        return ScoredCell(ref=ref, values=nothing, answered=False, reason=reason, family=family)
    values = nothing | {
        "present_brier": (answer.p_present - key.present) ** 2,
        "passes": answer.passes / opened.passes,
    }
    if key.present:
        nodes = np.array(answer.nodes)
        values["nodes"], values["auroc"] = _worth(nodes, _known(key.nodes))
        if key.hidden:
            only = [one if one == 0 or place in key.hidden else None for place, one in enumerate(key.nodes)]
            values["hidden"], _ = _worth(nodes, _known(only))
        if key.others:
            values["overlap"] = _overlap(nodes, key)
        if answer.edges is not None:
            values |= _edges(np.array(answer.edges), opened)
    return ScoredCell(ref=ref, values=values, family=family)


def fault_of(answer: CircuitAnswer, key: CircuitKey, passes: int) -> str | None:
    """Why scores are no answer to a question, or None."""
    if answer.nodes is None:
        return None
    if len(answer.nodes) != len(key.nodes):
        return f"{len(answer.nodes)} nodes scored, wanted {len(key.nodes)}"
    if answer.capped and answer.passes > passes:
        return f"{answer.passes} rows run through the network, {passes} are allowed"
    return None


def _edges(scores: np.ndarray, opened: Opened) -> dict[str, float]:
    key, values = opened.key, {}
    if key.edges:
        flat = [one for line in key.edges for one in line]
        values["edges"], values["edge_auroc"] = _worth(scores.flatten(), _known(flat))
    found = recovered(opened.network(), torch.from_numpy(scores))
    return values | {
        "faithfulness": faithfulness(found),
        "overshoot": overshoots(found),
    }


def _known(truth: Sequence[int | None]) -> Float[np.ndarray, " part"]:
    return np.array([np.nan if one is None else one for one in truth], dtype=float)


def _worth(scores: Float[np.ndarray, " part"], truth: Float[np.ndarray, " part"]) -> tuple[float, float]:
    """Precision over chance, and AUROC, of what is scored: carriers and bystanders."""
    counted = ~np.isnan(truth)
    carriers, given = truth[counted] == 1, scores[counted]
    if carriers.all() or not carriers.any():
        return 0.0, 0.5
    return precision_skill(given, carriers), float(auroc(given, carriers))


def _overlap(scores: Float[np.ndarray, " node"], key: CircuitKey) -> float:
    """Of the carriers of either behaviour that come first, the share of the wrong one's; ties count by halves."""
    carriers = [place for place, one in enumerate(key.nodes) if one == 1]
    both = np.array([*carriers, *key.others])
    wrong = np.arange(len(both)) >= len(carriers)
    least = np.sort(-scores[both])[len(carriers) - 1]
    above, at = -scores[both] < least, -scores[both] == least
    room = len(carriers) - int(above.sum())
    return float((wrong & above).sum() + room * (wrong & at).sum() / at.sum()) / len(carriers)


def reduce(cells: Sequence[ScoredCell], weights: Weights) -> dict[str, Float[np.ndarray, " replicate"]]:
    """Metrics under each row of multiplicities; NaN where nothing counts."""
    kinds = np.array([cell.ref.kind for cell in cells])
    answered = np.array([cell.answered for cell in cells], dtype=bool)
    replicates = len(weights)

    def over(value: str, among: np.ndarray | None = None) -> Float[np.ndarray, " replicate"]:
        some = np.ones(len(cells), dtype=bool) if among is None else among
        return mean_of([mean(cells, weights, value, (kinds == rung.value) & some) for rung in RUNGS], replicates)

    trained = np.isin(kinds, _NAMES)
    return {
        "carriers": over("nodes"),
        **{rung.value: mean(cells, weights, "nodes", kinds == rung.value) for rung in RUNGS},
        **{name: over(name) for name in ("edges", "faithfulness", "overshoot", "auroc", "edge_auroc")},
        **{name: over(name) for name in ("hidden", "overlap")},
        "present_brier": mean_of(
            [mean(cells, weights, "present_brier", mask) for mask in (trained, ~trained)], replicates
        ),
        "passes": mean(cells, weights, "passes", answered),
        "coverage": share(weights, answered),
        "answered": over("nodes", answered),
    }
