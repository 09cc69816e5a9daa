"""The score of the developmental tier: forecasts of what becomes of a run, made at its checkpoints.

Everything is taken within one step of one family: the checkpoints that are compared have trained equally long, and
both outcomes weigh the same there. So neither the share of runs that generalise nor the time that a checkpoint betrays
(its norm, say) is worth anything; what is scored is which of the runs will generalise.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log

import numpy as np
from jaxtyping import Bool, Float
from sklearn.linear_model import LogisticRegression

from interpbench.toolkit.metrics.auroc import auroc
from interpbench.toolkit.metrics.weighted import ratio, weighted_mean
from interpbench.tracks.generalization.answer import Forecast, UnitAnswer
from interpbench.tracks.generalization.key import RunKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.track import Metric

CLIP = 0.01
"""No forecast counts as more certain than 1 in 100."""
LEAST_CHECKPOINTS = 8
"""Fewer answered checkpoints than this fix no scale."""

METRICS: Mapping[str, Metric] = {
    "forecast": Metric(
        title="forecast",
        about="log score skill of P(the run generalises) at a checkpoint: 0 for p = .5, 1 for certainty (.99) that is "
        "always right; both outcomes weigh the same at each step of a family",
        chance=0.0,
        ceiling=1.0,
        lowest=(log(0.5) - log(CLIP)) / (log(0.5) - log(1 - CLIP)),
        kinds=(Kind.DEVELOPMENTAL,),
    ),
    "forecast_auroc": Metric(
        title="forecast AUROC",
        about="share of pairs of checkpoints of one family and step, of a run that generalises and one that does not, "
        "in which the first has the better score",
        chance=0.5,
        ceiling=1.0,
        percent=True,
        kinds=(Kind.DEVELOPMENTAL,),
    ),
    "lead": Metric(
        title="lead",
        about="runs that generalise: time from the checkpoint from which on P > .5 to the arrival, as a share of the "
        "longest possible; to be read beside the false alarms",
        chance=0.5,
        ceiling=1.0,
        percent=True,
        kinds=(Kind.DEVELOPMENTAL,),
    ),
    "false_alarms": Metric(
        title="false alarms",
        about="runs that do not generalise: share with P > .5 at the last checkpoint; lower is better",
        chance=0.5,
        ceiling=0.0,
        percent=True,
        kinds=(Kind.DEVELOPMENTAL,),
    ),
}


def judge(key: RunKey, score: float | None, forecast: Forecast | None, sign: float) -> dict[str, float]:
    """What a score is worth at one checkpoint.

    Args:
        key: the truth.
        score: of the method; None where it failed, which forecasts p = .5.
        forecast: the method's scale; without one it forecasts p = .5 and is ranked by `sign`.
        sign: of the method, where it has no scale.
    """
    p = 0.5 if score is None or forecast is None else forecast.probability(score)
    if forecast is not None:
        sign = -1.0 if forecast.slope < 0 else float(forecast.slope > 0)
    return {
        "forecast": min(1 - CLIP, max(CLIP, p)),
        "ranked": float("nan") if score is None else sign * score,
        "generalises": float(key.generalises),
        "step": float(key.step),
        "until": float(key.last if key.arrival is None else key.arrival),
    }


def fit(
    cells: Sequence[tuple[Ref, RunKey, Mapping[str, UnitAnswer | None]]], least_slope: float, *, sign_given: bool
) -> Forecast | None:
    """The logistic from score to P(the run generalises), with intercept; None with too little to fit it on.

    Both outcomes weigh the same at each step of a family, as in the score, and all checkpoints of a run count as one.
    Scores are centred and divided by their spread first, so that the unit penalty means the same for every method.

    Args:
        cells: checkpoints with keys and answers; other kinds of instances are no concern of this.
        least_slope: what is left, per spread, of a slope whose given sign the checkpoints contradict.
        sign_given: the method's theory says that higher generalises.
    """
    known = [
        (answer.score, key.generalises, f"{ref.task} {ref.group} {key.step}", ref.task + ref.members[0][1])
        for ref, key, answers in cells
        if (answer := answers.get(ref.units[0])) is not None and answer.score is not None
    ]
    scores = np.array([score for score, *_ in known])
    truth = np.array([generalises for _, generalises, *_ in known], dtype=bool)
    strata = np.array([stratum for *_, stratum, _ in known])
    weights = np.zeros(len(known))
    for mask in _each(strata):
        if truth[mask].any() and not truth[mask].all():
            share = np.where(truth[mask], 1 / truth[mask].sum(), 1 / (~truth[mask]).sum())
            weights[mask] = share * mask.sum() / 2
    if (weights > 0).sum() < LEAST_CHECKPOINTS:
        return None
    weights *= len({run for *_, run in known}) / weights.sum()
    centre = float(np.median(scores))
    spread = float(np.median(np.abs(scores - centre))) or float(np.abs(scores - centre).mean()) or 1.0
    model = LogisticRegression(C=1.0).fit(np.clip((scores - centre) / spread, -10, 10)[:, None], truth, weights)
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    if sign_given and slope < least_slope:
        slope, offset = least_slope, 0.0
    return Forecast(slope=slope / spread, offset=offset - slope * centre / spread, checkpoints=int((weights > 0).sum()))


def reduce(
    cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
) -> dict[str, Float[np.ndarray, " replicate"]]:
    """The metrics of `METRICS`; cells of other kinds are left out.

    Args:
        cells: judged instances of one method.
        weights: how often each counts.
    """
    places = [place for place, cell in enumerate(cells) if cell.ref.kind == Kind.DEVELOPMENTAL.value]
    if not places:
        return {name: np.full(len(weights), np.nan) for name in METRICS}
    mine, weights = [cells[place] for place in places], weights[:, places]
    return _within_steps(mine, weights) | _over_runs(mine, weights)


def _within_steps(cells: Sequence[ScoredCell], weights: np.ndarray) -> dict[str, np.ndarray]:
    """Log score skill and AUROC, step by step of each family; a step has as many votes as checkpoints."""
    truth = _column(cells, "generalises") > 0
    said = _column(cells, "forecast")
    loss = -np.log(np.where(truth, said, 1 - said))
    ranked = _column(cells, "ranked")
    skills, areas, totals = [], [], []
    for mask in _each(np.array([f"{cell.ref.task} {cell.ref.group} {cell.values['step']}" for cell in cells])):
        good, bad = mask & truth, mask & ~truth
        both = 0.5 * (weighted_mean(loss[good], weights[:, good]) + weighted_mean(loss[bad], weights[:, bad]))
        skills.append((log(2) - both) / (log(2) + log(1 - CLIP)))
        areas.append(auroc(_filled(ranked[mask]), truth[mask], weights[:, mask]))
        totals.append(weights[:, mask].sum(axis=1))
    return {"forecast": _average(skills, totals), "forecast_auroc": _average(areas, totals)}


def _over_runs(cells: Sequence[ScoredCell], weights: np.ndarray) -> dict[str, np.ndarray]:
    """Lead time over runs that generalise, false alarms over those that do not; a run counts once."""
    lead, alarm, ahead, behind = [], [], [], []
    names = np.array([f"{cell.ref.task} {cell.ref.members[0][1]}" for cell in cells])
    for mask in _each(names):
        # a resampled run stands there with all its checkpoints: its weight is that of any one of them
        path = {cells[place].values["step"]: cells[place].values for place in np.flatnonzero(mask).tolist()}
        weight = weights[:, mask].sum(axis=1) / len(path)
        ordered = [path[step] for step in sorted(path)]
        if ordered[0]["generalises"]:
            lead.append(warning(ordered))
            ahead.append(weight)
        else:
            last = ordered[-1]["forecast"]
            alarm.append(0.5 * (float(last > 0.5) + float(last >= 0.5)))
            behind.append(weight)
    return {"lead": _mean_of(lead, ahead, weights), "false_alarms": _mean_of(alarm, behind, weights)}


def warning(path: Sequence[Mapping[str, float]]) -> float:
    """How early a run was announced, as a share of the longest possible time before its arrival.

    The announcement is the earliest checkpoint from which on P > .5 at all later ones; without one the share is 0.
    P = .5 is neither yes nor no: the mean of taking all such checkpoints for a yes and all for a no.

    Args:
        path: judged values of all checkpoints of a run, in order.
    """

    def share(yes: list[bool]) -> float:
        silent = [place for place, said in enumerate(yes) if not said]
        first = silent[-1] + 1 if silent else 0
        if first == len(path):
            return 0.0
        until = path[0]["until"]
        return (until - path[first]["step"]) / (until - path[0]["step"])

    forecasts = [values["forecast"] for values in path]
    return 0.5 * (share([p > 0.5 for p in forecasts]) + share([p >= 0.5 for p in forecasts]))


def _column(cells: Sequence[ScoredCell], name: str) -> Float[np.ndarray, " cell"]:
    return np.array([cell.values[name] for cell in cells])


def _each(names: np.ndarray) -> Iterator[Bool[np.ndarray, " cell"]]:
    for name in np.unique(names):
        yield names == name


def _average(parts: Sequence[np.ndarray], totals: Sequence[np.ndarray]) -> Float[np.ndarray, " replicate"]:
    """Mean of the parts that are defined in a replicate, each with its total as weight."""
    values, weights = np.stack(parts), np.stack(totals)
    known = ~np.isnan(values)
    return ratio(np.where(known, values * weights, 0.0).sum(axis=0), np.where(known, weights, 0.0).sum(axis=0))


def _mean_of(values: list[float], weights: list[np.ndarray], like: np.ndarray) -> Float[np.ndarray, " replicate"]:
    if not values:
        return np.full(len(like), np.nan)
    return weighted_mean(np.array(values), np.stack(weights, axis=1))


def _filled(scores: Float[np.ndarray, " cell"]) -> Float[np.ndarray, " cell"]:
    """Missing scores tie with the median of the others."""
    known = ~np.isnan(scores)
    return np.where(known, scores, np.median(scores[known]) if known.any() else 0.0)
