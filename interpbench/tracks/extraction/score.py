"""Judging a theory, and the metrics of the track."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from interpbench.theory import InvalidTheory, parse
from interpbench.tracks.extraction.agree import worth
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.key import GUARDED, TWIST, Kind, TheoryKey
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.means import Weights, mean, mean_of, share
from interpbench.tracks.track import Metric


def _share(title: str, about: str, *kinds: Kind, lowest: float = 0.0) -> Metric:
    return Metric(title=title, about=about, chance=0.0, ceiling=1.0, lowest=lowest, percent=True, kinds=kinds)


_RULES = (Kind.PLAIN, *TWIST, *GUARDED)
_PLAIN = -0.5
"""The worst that a theory can do: agree is -1 / (K - 1) where every answer is wrong, and K at least 2."""
_TWIST = -2.125
"""The same of twists: (-(K - 1) - 1 / (K - 1)) / 2 for the five rules that a set has at most."""
_RECOVERY = (_PLAIN + _TWIST) / 3

_SCORED = "mean of balanced agreement with the rule, 0 for guessing, and of being equal to it"
_TWISTED = "scored as `twist`"

METRICS: Mapping[str, Metric] = {
    "recovery": _share(
        "recovery",
        "how much of the planted rule a theory recovers: mean of `plain`, `twist` and `guarded`",
        *_RULES,
        lowest=_RECOVERY,
    ),
    "plain": _share(
        "plain",
        "rows that determine the rule, and the network, are shown: mean of balanced agreement with the rule on fresh "
        "inputs, 0 for guessing, and of being equal to it on every branch",
        Kind.PLAIN,
        lowest=_PLAIN,
    ),
    "twist": _share(
        "twist",
        "several rules fit every row, and the network follows one: mean of the accuracy where the rules differ and of "
        "being equal to the network's own, each 0 for the best that the rows alone allow and 1 for that rule",
        *TWIST,
        lowest=_TWIST,
    ),
    "guarded": _share(
        "guarded",
        "the rule has a rare branch behind a guard: mean of being equal to the rule and of (skill inside the guard) x "
        "(skill outside, half of it on near misses), skill 0 for a constant and 1 for the rule",
        *GUARDED,
    ),
    "agree": _share(
        "agree",
        "questions of kind plain: (balanced agreement with the rule on fresh inputs - 1/K) / (1 - 1/K), K the number "
        "of its answers",
        Kind.PLAIN,
        lowest=-1.0,
    ),
    "exact": _share(
        "exact", "questions of kind plain: share of theories equal to the rule on every branch", Kind.PLAIN
    ),
    "fidelity": _share(
        "fidelity",
        "questions of kind plain: share of fresh inputs on which the theory gives the network's answer",
        Kind.PLAIN,
    ),
    "departures": _share(
        "D",
        "of inputs on which the network departs from its rule, the share on which the theory gives the network's "
        "answer; over all questions that have such inputs",
        *_RULES,
        Kind.DATA_ONLY,
        Kind.MODEL_ONLY,
    ),
    "length": Metric(
        title="length",
        about="size of a theory that equals the rule: its syntax nodes over those of the rule",
        chance=1.0,
        ceiling=1.0,
        highest=1000.0,
        kinds=_RULES,
    ),
    "data_only": _share(
        "data only",
        f"rows that determine the rule are shown, without the network: {_SCORED}",
        Kind.DATA_ONLY,
        lowest=_PLAIN,
    ),
    "model_only": _share(
        "model only", f"the network is shown, without any rows: {_SCORED}", Kind.MODEL_ONLY, lowest=_PLAIN
    ),
    "twist_common": _share(
        "common",
        f"several rules fit every row, and differ on a tenth of all inputs or more: {_TWISTED}",
        Kind.TWIST_COMMON,
        lowest=_TWIST,
    ),
    "twist_rare": _share(
        "rare",
        f"several rules fit every row, and differ on a hundredth of all inputs or less: {_TWISTED}",
        Kind.TWIST_RARE,
        lowest=_TWIST,
    ),
    "guarded_few": _share(
        "few queries",
        "as `guarded`, with so few queries that as many random inputs meet the guard .1 times on average, or less",
        Kind.GUARDED_FEW,
    ),
    "guarded_many": _share(
        "many queries", "as `guarded`, with enough queries to meet the guard by luck", Kind.GUARDED_MANY
    ),
    "present_brier": Metric(
        title="Brier (present)",
        about="mean squared error of P(there is a rule), half over rows with one, half over rows without; guarded "
        "rules, whose inputs have more letters, do not count; lower is better",
        chance=0.25,
        ceiling=0.0,
    ),
    "false_positives": Metric(
        title="false pos.",
        about="share of networks taught random labels of which P(there is a rule) > .5 (unanswered: half); lower is "
        "better",
        chance=0.5,
        ceiling=0.0,
        percent=True,
        kinds=(Kind.NULL,),
    ),
    "coverage": _share("coverage", "share of instances answered with a theory"),
    "answered": _share("answered", "`recovery` over the answered instances alone", *_RULES, lowest=_RECOVERY),
}


def judge(ref: Ref, key: TheoryKey, answers: Mapping[str, TheoryAnswer | None]) -> ScoredCell:
    """What a theory is worth; a missing one, and a text that is no theory, score chance.

    Args:
        ref: the instance, of one unit.
        key: its truth.
        answers: unit -> answer; None where the cell failed.
    """
    answer = answers.get(ref.units[0])
    family = ref.family or ref.task
    if answer is None or answer.theory is None:
        reason = "" if answer is None else answer.not_applicable or ""
        return ScoredCell(ref=ref, values=_nothing(key), answered=False, reason=reason, family=family)
    try:
        theory = parse(answer.theory)
    except InvalidTheory as error:
        return ScoredCell(ref=ref, values=_nothing(key), answered=False, reason=str(error), family=family)
    values = {"present_brier": (answer.p_present - key.present) ** 2}
    if not key.present:
        sure = 0.5 + 0.5 * float(np.sign(answer.p_present - 0.5))
        return ScoredCell(ref=ref, values=values | {"false_positive": sure}, family=family)
    found = worth(theory, key)
    values |= {"agree": found.agree, "exact": found.exact, "fidelity": found.fidelity}
    values["recovered"] = 0.5 * (found.agree + found.exact)
    if found.departures is not None:
        values["departures"] = found.departures
    if found.equal:
        values["length"] = found.length
    return ScoredCell(ref=ref, values=values, family=family)


def _nothing(key: TheoryKey) -> dict[str, float]:
    if not key.present:
        return {"present_brier": 0.25, "false_positive": 0.5}
    values = {"present_brier": 0.25, "agree": 0.0, "exact": 0.0, "recovered": 0.0, "fidelity": 0.0}
    return values | ({"departures": 0.0} if key.departures else {})


def reduce(cells: Sequence[ScoredCell], weights: Weights) -> dict[str, Float[np.ndarray, " replicate"]]:
    """Metrics under each row of multiplicities; NaN where no cell counts."""
    kinds = np.array([cell.ref.kind for cell in cells])
    answered = np.array([cell.answered for cell in cells], dtype=bool)
    of = {kind.value: kinds == kind.value for kind in Kind}
    replicates = len(weights)

    def over(mask: np.ndarray) -> Float[np.ndarray, " replicate"]:
        return mean(cells, weights, "recovered", mask)

    def headline(some: np.ndarray) -> list[Float[np.ndarray, " replicate"]]:
        return [
            over(of[Kind.PLAIN] & some),
            mean_of([over(of[kind] & some) for kind in TWIST], replicates),
            mean_of([over(of[kind] & some) for kind in GUARDED], replicates),
        ]

    parts = headline(np.ones(len(cells), dtype=bool))
    found = {"recovery": mean_of(parts, replicates)} | dict(zip(("plain", "twist", "guarded"), parts, strict=True))
    found |= {name: mean(cells, weights, name, of[Kind.PLAIN]) for name in ("agree", "exact", "fidelity")}
    found |= {name: mean(cells, weights, name, ~of[Kind.NULL]) for name in ("departures", "length")}
    found |= {kind.value: over(of[kind]) for kind in (Kind.DATA_ONLY, Kind.MODEL_ONLY, *TWIST, *GUARDED)}
    asked = (of[Kind.NULL], ~np.isin(kinds, (Kind.NULL, *GUARDED)))
    return found | {
        "present_brier": mean_of([mean(cells, weights, "present_brier", mask) for mask in asked], replicates),
        "false_positives": mean(cells, weights, "false_positive", of[Kind.NULL]),
        "coverage": share(weights, answered),
        "answered": mean_of(headline(answered), replicates),
    }
