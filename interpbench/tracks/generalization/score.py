"""The score of this track: `judge` one instance, then `reduce` a set of them."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from interpbench.toolkit.metrics.kendall import kendall_tau_b
from interpbench.toolkit.metrics.residuals import rank_residuals
from interpbench.tracks.generalization import forecast
from interpbench.tracks.generalization.answer import Calibration, UnitAnswer, assemble
from interpbench.tracks.generalization.key import GradedKey, PairKey, RunKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.means import mean, mean_of, share
from interpbench.tracks.track import Metric

HEADLINE_KINDS = (Kind.RECIPE, Kind.FRACTION, Kind.SEED)
ASIDE_KINDS = (Kind.CONTAMINATED, Kind.RULE, Kind.SHORTCUT, Kind.FEW, Kind.MATCHED)
"""In columns of their own."""

METRICS: Mapping[str, Metric] = {
    "accuracy": Metric(
        title="accuracy",
        about="pairwise accuracy, ties count half; mean over the kinds recipe, fraction and seed",
        chance=0.5,
        ceiling=1.0,
        percent=True,
        kinds=HEADLINE_KINDS,
    ),
    **{
        kind.value: Metric(
            title=kind.value,
            about=f"pairwise accuracy on {kind.value} pairs",
            chance=0.5,
            ceiling=1.0,
            percent=True,
            kinds=(kind,),
        )
        for kind in (*HEADLINE_KINDS, *ASIDE_KINDS)
    },
    "tau": Metric(
        title="tau",
        about="Kendall's tau-b between ranks of score and of test accuracy within a family, after least squares on "
        "the ranks of log norm, log loss and number of training rows; mean over families",
        chance=0.0,
        ceiling=1.0,
        lowest=-1.0,
        kinds=(Kind.GRADED,),
    ),
    "brier": Metric(
        title="Brier",
        about="mean squared error of P(a generalises better) on differing pairs; lower is better",
        chance=0.25,
        ceiling=0.0,
        kinds=(*HEADLINE_KINDS, *ASIDE_KINDS),
    ),
    "present_brier": Metric(
        title="Brier (present)",
        about="mean squared error of P(they differ), half over pairs that differ, half over those that do not; "
        "lower is better",
        chance=0.25,
        ceiling=0.0,
        kinds=(*HEADLINE_KINDS, *ASIDE_KINDS, Kind.NULL),
    ),
    "false_positives": Metric(
        title="false pos.",
        about="share of pairs with nothing to find on which P(they differ) > .5 (unanswered: half); lower is better",
        chance=0.5,
        ceiling=0.0,
        percent=True,
        kinds=(Kind.NULL,),
    ),
    **forecast.METRICS,
    "coverage": Metric(title="coverage", about="share of instances answered", chance=0.0, ceiling=1.0, percent=True),
    "answered": Metric(
        title="answered",
        about="accuracy over the answered pairs alone",
        chance=0.5,
        ceiling=1.0,
        percent=True,
        kinds=HEADLINE_KINDS,
    ),
}


def judge(
    ref: Ref,
    key: PairKey | GradedKey | RunKey,
    answers: Mapping[str, UnitAnswer | None],
    calibration: Calibration | None,
) -> ScoredCell:
    """What the scores of an instance's networks are worth.

    Args:
        ref: the instance.
        key: its truth.
        answers: unit -> answer; None where the cell failed.
        calibration: the method's sign and scale; None takes 'higher generalises' at its word.

    Returns:
        The values that `reduce` needs; where an answer is missing, those of an answer that knows nothing.
    """
    given = [answers.get(unit) for unit in ref.units]
    scores = [answer.score for answer in given if answer is not None and answer.score is not None]
    answered = len(scores) == len(given)
    reason = next((a.not_applicable for a in given if a is not None and a.not_applicable), "")
    sign = -1.0 if calibration is not None and calibration.slope < 0 else 1.0
    if isinstance(key, RunKey):
        scale = None if calibration is None else calibration.forecast
        values = forecast.judge(key, scores[0] if answered else None, scale, sign)
    elif isinstance(key, GradedKey):
        values = {
            "score": sign * scores[0] if answered else float("nan"),
            "test": key.test,
            "log_norm": key.log_norm,
            "log_loss": key.log_loss,
            "n_train": key.n_train,
        }
    else:
        values = _pair(key, scores, calibration) if answered else _nothing(key)
    return ScoredCell(ref=ref, values=values, answered=answered, reason=reason, family=ref.task)


def _pair(key: PairKey, scores: list[float], calibration: Calibration | None) -> dict[str, float]:
    answer = assemble(scores[0], scores[1], calibration)
    presence = {"present_brier": (answer.p_present - key.differ) ** 2}
    if not key.differ:
        return presence | {"false_positive": 0.5 + 0.5 * float(np.sign(answer.p_present - 0.5))}
    slope = 1.0 if calibration is None else calibration.slope
    lead = np.sign(slope) * np.sign(scores[0] - scores[1]) * (1 if key.a_generalises else -1)
    return presence | {"correct": 0.5 + 0.5 * float(lead), "brier": (answer.p_a - key.a_generalises) ** 2}


def _nothing(key: PairKey) -> dict[str, float]:
    if not key.differ:
        return {"present_brier": 0.25, "false_positive": 0.5}
    return {"present_brier": 0.25, "correct": 0.5, "brier": 0.25}


def reduce(
    cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
) -> dict[str, Float[np.ndarray, " replicate"]]:
    """Metrics under each row of multiplicities; NaN where no cell counts.

    Args:
        cells: judged instances of one method.
        weights: how often each counts; a row of ones is the plain score.
    """
    kinds = np.array([cell.ref.kind for cell in cells])
    nothing = kinds == Kind.NULL.value
    answered = np.array([cell.answered for cell in cells], dtype=bool)
    out: dict[str, np.ndarray] = {}
    for kind in (*HEADLINE_KINDS, *ASIDE_KINDS):
        out[kind.value] = mean(cells, weights, "correct", kinds == kind.value)
    accuracy = mean_of([out[kind.value] for kind in HEADLINE_KINDS], len(weights))
    return {
        "accuracy": accuracy,
        **out,
        "tau": _tau(cells, weights, kinds == Kind.GRADED.value),
        "brier": mean(cells, weights, "brier", np.ones(len(cells), dtype=bool)),
        "present_brier": mean_of(
            [mean(cells, weights, "present_brier", mask) for mask in (nothing, ~nothing)], len(weights)
        ),
        "false_positives": mean(cells, weights, "false_positive", nothing),
        **forecast.reduce(cells, weights),
        "coverage": share(weights, answered),
        "answered": mean_of(
            [mean(cells, weights, "correct", answered & (kinds == kind.value)) for kind in HEADLINE_KINDS],
            len(weights),
        ),
    }


def _tau(cells: Sequence[ScoredCell], weights: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean over families of the weighted tau-b between rank residuals."""
    families = np.array([cell.ref.task + cell.ref.group for cell in cells])
    taus, totals = [], []
    for family in np.unique(families[mask]):
        places = np.flatnonzero(mask & (families == family)).tolist()
        columns = {
            name: np.array([cells[place].values[name] for place in places])
            for name in ("score", "test", "log_norm", "log_loss", "n_train")
        }
        score = _filled(columns["score"])
        covariates = np.stack([columns["log_norm"], columns["log_loss"], columns["n_train"]], axis=1)
        truth = rank_residuals(columns["test"], covariates)
        tau = kendall_tau_b(rank_residuals(score, covariates), truth, weights[:, places])
        rankable = ~np.isnan(kendall_tau_b(truth, truth, weights[:, places]))
        taus.append(np.where(rankable & np.isnan(tau), 0.0, tau))  # a constant score says nothing: 0, not a gap
        totals.append(weights[:, places].sum(axis=1))
    if not taus:
        return np.full(len(weights), np.nan)
    stacked, total = np.stack(taus), np.stack(totals)
    use = ~np.isnan(stacked) & (total > 0)
    count = np.where(use, total, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: np.ndarray = np.where(count > 0, (np.where(use, stacked * total, 0.0)).sum(axis=0) / count, np.nan)
    return mean


def _filled(scores: np.ndarray) -> np.ndarray:
    """Missing scores tie with the median of the others, so that they neither help nor hurt."""
    known = ~np.isnan(scores)
    return np.where(known, scores, np.median(scores[known]) if known.any() else 0.0)
