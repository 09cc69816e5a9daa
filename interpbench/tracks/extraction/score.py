"""Judging a theory, and the metrics of the track."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from interpbench.theory import InvalidTheory
from interpbench.tracks.extraction.agree import read_theory, worth
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.key import Kind, TheoryKey
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.means import Weights, mean, mean_of, share
from interpbench.tracks.track import Metric

_PLAIN = (Kind.PLAIN.value,)

METRICS: Mapping[str, Metric] = {
    "plain": Metric(
        title="plain",
        about="mean of agreement with the planted rule, corrected for chance, and of being equal to it on every branch",
        chance=0.0,
        ceiling=1.0,
        lowest=-1.0,
        percent=True,
        kinds=_PLAIN,
    ),
    "agree": Metric(
        title="agree",
        about="(balanced agreement with the rule on fresh inputs - 1/K) / (1 - 1/K), K its answers",
        chance=0.0,
        ceiling=1.0,
        lowest=-1.0,
        percent=True,
        kinds=_PLAIN,
    ),
    "exact": Metric(
        title="exact", about="equal to the rule on every branch", chance=0.0, ceiling=1.0, percent=True, kinds=_PLAIN
    ),
    "fidelity": Metric(
        title="fidelity",
        about="share of fresh inputs on which the theory gives the network's answer",
        chance=0.0,
        ceiling=1.0,
        percent=True,
        kinds=_PLAIN,
    ),
    "departures": Metric(
        title="D",
        about="the same on inputs where the network departs from its rule",
        chance=0.0,
        ceiling=1.0,
        percent=True,
        kinds=_PLAIN,
    ),
    "length": Metric(
        title="length",
        about="syntax nodes of the theory over those of the rule, where they are equal",
        chance=1.0,
        ceiling=1.0,
        kinds=_PLAIN,
    ),
    "present_brier": Metric(
        title="Brier (present)",
        about="mean squared error of P(there is a rule), half over rows with one, half over rows without; "
        "lower is better",
        chance=0.25,
        ceiling=0.0,
    ),
    "false_positives": Metric(
        title="false pos.",
        about="share of networks taught random labels of which P(there is a rule) > .5; lower is better",
        chance=0.5,
        ceiling=0.0,
        percent=True,
        kinds=(Kind.NULL.value,),
    ),
    "coverage": Metric(title="coverage", about="share of instances answered", chance=0.0, ceiling=1.0, percent=True),
    "answered": Metric(
        title="answered", about="the headline over answered instances alone", chance=0.0, ceiling=1.0, percent=True
    ),
}


def judge(ref: Ref, key: TheoryKey, answers: Mapping[str, TheoryAnswer | None]) -> ScoredCell:
    """What a theory is worth; a missing one, and a text that is no theory, score chance.

    Args:
        ref: the instance, of one unit.
        key: its truth.
        answers: unit -> answer; None where the cell failed.
    """
    answer = answers.get(ref.units[0])
    if answer is None or answer.theory is None:
        reason = "" if answer is None else answer.not_applicable or ""
        return ScoredCell(ref=ref, values=_nothing(key), answered=False, reason=reason, family=ref.task)
    try:
        theory = read_theory(answer.theory)
    except InvalidTheory as error:
        return ScoredCell(ref=ref, values=_nothing(key), answered=False, reason=str(error), family=ref.task)
    values = {"present_brier": (answer.p_present - key.present) ** 2}
    if not key.present:
        sure = 0.5 + 0.5 * float(np.sign(answer.p_present - 0.5))
        return ScoredCell(ref=ref, values=values | {"false_positive": sure}, family=ref.task)
    found = worth(theory, key)
    values |= {"agree": found.agree, "exact": found.exact, "fidelity": found.fidelity}
    values["plain"] = 0.5 * (found.agree + found.exact)
    if found.departures is not None:
        values["departures"] = found.departures
    if found.exact:
        values["length"] = found.length
    return ScoredCell(ref=ref, values=values, family=ref.task)


def _nothing(key: TheoryKey) -> dict[str, float]:
    if not key.present:
        return {"present_brier": 0.25, "false_positive": 0.5}
    return {"present_brier": 0.25, "agree": 0.0, "exact": 0.0, "plain": 0.0, "fidelity": 0.0}


def reduce(cells: Sequence[ScoredCell], weights: Weights) -> dict[str, Float[np.ndarray, " replicate"]]:
    """Metrics under each row of multiplicities; NaN where no cell counts."""
    kinds = np.array([cell.ref.kind for cell in cells])
    nothing = kinds == Kind.NULL.value
    plain = kinds == Kind.PLAIN.value
    answered = np.array([cell.answered for cell in cells], dtype=bool)
    measured = {
        name: mean(cells, weights, name, plain)
        for name in ("plain", "agree", "exact", "fidelity", "departures", "length")
    }
    return measured | {
        "present_brier": mean_of(
            [mean(cells, weights, "present_brier", mask) for mask in (nothing, ~nothing)], len(weights)
        ),
        "false_positives": mean(cells, weights, "false_positive", nothing),
        "coverage": share(weights, answered),
        "answered": mean(cells, weights, "plain", plain & answered),
    }
