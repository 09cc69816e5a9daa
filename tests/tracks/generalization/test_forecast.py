from collections.abc import Iterable, Mapping, Sequence
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from interpbench.tracks.generalization.answer import Forecast, UnitAnswer
from interpbench.tracks.generalization.forecast import CLIP, LEAST_CHECKPOINTS, METRICS, fit, judge, reduce, warning
from interpbench.tracks.generalization.key import RunKey
from interpbench.tracks.instance import Ref, ScoredCell

LOGIT = Forecast(slope=1.0, offset=0.0, checkpoints=9)
Asked = tuple[Ref, RunKey]


def ref(run: str, step: int, generalises: bool, task: str = "generalization/x") -> Ref:
    return Ref(
        task=task,
        suite_seed="s",
        index=step,
        kind="developmental",
        units=(f"{run}~{step}@0.5",),
        group="mlp/0/developmental",
        members=(("generaliser" if generalises else "memoriser", run),),
    )


def runs(
    good: int = 4, bad: int = 4, steps: Sequence[int] = (100, 200, 300), task: str = "generalization/x"
) -> list[Asked]:
    """As many runs of each outcome; those that generalise do so at step 500 of 800."""
    out = []
    for place in range(good + bad):
        first = place < good
        for step in steps:
            key = RunKey(test=1.0 if first else 0.1, step=step, arrival=500 if first else None, last=800)
            out.append((ref(f"r{place}", step, first, task), key))
    return out


def said(found: Sequence[Asked], scores: Iterable[float], scale: Forecast | None = LOGIT) -> list[ScoredCell]:
    return [
        ScoredCell(ref=one, values=judge(key, score, scale, 1.0))
        for (one, key), score in zip(found, scores, strict=True)
    ]


def plain(cells: Sequence[ScoredCell]) -> dict[str, float]:
    return {name: float(value[0]) for name, value in reduce(cells, np.ones((1, len(cells)))).items()}


def truth(found: Sequence[Asked]) -> np.ndarray:
    return np.array([key.generalises for _, key in found])


def test_oracle_reaches_the_ceiling_of_every_metric() -> None:
    found = runs()
    got = plain(said(found, 100.0 * truth(found) - 50))
    assert got == pytest.approx({name: metric.ceiling for name, metric in METRICS.items()})


@pytest.mark.parametrize("scores", ["constant", "failed", "uncalibrated"])
def test_null_who_knows_nothing_scores_chance(scores: str) -> None:
    found = runs(good=3, bad=7)
    match scores:
        case "constant":
            cells = said(found, [0.0] * len(found))
        case "failed":
            cells = [ScoredCell(ref=one, values=judge(key, None, LOGIT, 1.0), answered=False) for one, key in found]
        case _:
            cells = said(found, [3.0] * len(found), None)
    assert plain(cells) == pytest.approx({name: metric.chance for name, metric in METRICS.items()})


def test_null_random_scores_rank_at_chance_and_lose_by_their_confidence() -> None:
    found = runs(good=6, bad=6)
    rng = np.random.default_rng(0)
    got = [plain(said(found, rng.normal(size=len(found)).tolist())) for _ in range(300)]
    assert np.mean([one["forecast_auroc"] for one in got]) == pytest.approx(0.5, abs=0.02)
    assert np.mean([one["false_alarms"] for one in got]) == pytest.approx(0.5, abs=0.03)
    assert np.mean([one["forecast"] for one in got]) < -0.05


def test_direction_the_opposite_of_the_oracle_is_as_bad_as_can_be() -> None:
    found = runs()
    got = plain(said(found, 50 - 100.0 * truth(found)))
    assert got == pytest.approx(
        {"forecast": METRICS["forecast"].lowest, "forecast_auroc": 0.0, "lead": 0.0, "false_alarms": 1.0}
    )


def test_direction_more_signal_is_a_better_score() -> None:
    found = runs(good=20, bad=20)
    noise = np.random.default_rng(0).normal(size=len(found))
    got = [plain(said(found, (strength * (2 * truth(found) - 1) + noise).tolist())) for strength in (0.0, 1.0, 3.0)]
    for name in METRICS:
        values = [one[name] for one in got]
        assert values == sorted(values, reverse=name == "false_alarms"), name


def test_within_a_step_the_figures_are_those_of_an_independent_library() -> None:
    found = runs(good=5, bad=9, steps=(100,))
    scores = np.random.default_rng(1).normal(size=len(found))
    got = plain(said(found, scores.tolist()))
    good = truth(found)
    p = 1 / (1 + np.exp(-scores))
    loss = log_loss(good, p, sample_weight=np.where(good, 1 / 5, 1 / 9))
    assert got["forecast"] == pytest.approx((log(2) - loss) / (log(2) + log(1 - CLIP)))
    assert got["forecast_auroc"] == pytest.approx(roc_auc_score(good, scores))


def test_telling_the_time_is_worth_nothing() -> None:
    """Late checkpoints are mostly of runs that do not generalise; a score that only knows the step must not profit."""
    found = [one for one in runs(good=12, bad=12, steps=(100, 200, 300, 400)) if _left(one)]
    scores = [2.0 - one[1].step / 100 for one in found]
    assert roc_auc_score(truth(found), scores) > 0.6  # the control: over all steps together it would
    got = plain(said(found, scores))
    assert got["forecast_auroc"] == 0.5
    assert got["forecast"] <= 0


def _left(one: Asked) -> bool:
    asked, key = one
    return not key.generalises or key.step <= 100 * (1 + int(asked.members[0][1][1:]) % 4)


def test_neither_the_share_of_runs_nor_the_family_is_worth_anything() -> None:
    found = [*runs(good=2, bad=10), *runs(good=10, bad=2, task="generalization/y")]
    scores = [1.0 if one.task.endswith("y") else -1.0 for one, _ in found]
    got = plain(said(found, scores))
    assert got["forecast_auroc"] == 0.5
    assert got["forecast"] < 0


def test_no_forecast_is_more_certain_than_the_clip() -> None:
    _, key = runs()[0]
    assert judge(key, 1e9, LOGIT, 1.0)["forecast"] == 1 - CLIP
    assert judge(key, -1e9, LOGIT, 1.0)["forecast"] == CLIP


def test_the_scale_decides_which_way_is_up() -> None:
    _, key = runs()[0]
    assert judge(key, 2.0, Forecast(slope=-1.0, offset=0.0, checkpoints=9), 1.0)["ranked"] == -2
    assert judge(key, 2.0, None, -1.0)["ranked"] == -2


def _path(forecasts: Sequence[float]) -> list[Mapping[str, float]]:
    return [{"forecast": p, "step": 100.0 * (place + 1), "until": 500.0} for place, p in enumerate(forecasts)]


@pytest.mark.parametrize(
    ("forecasts", "wanted"),
    [
        ([0.9, 0.9, 0.9], 1.0),
        ([0.1, 0.9, 0.9], 0.75),
        ([0.9, 0.1, 0.9], 0.5),  # what was taken back does not count
        ([0.9, 0.9, 0.1], 0.0),
        ([0.1, 0.1, 0.1], 0.0),
        ([0.5, 0.5, 0.5], 0.5),
        ([0.5, 0.5, 0.9], 0.75),
    ],
)
def test_a_warning_counts_from_where_it_stands(forecasts: list[float], wanted: float) -> None:
    assert warning(_path(forecasts)) == pytest.approx(wanted)


def test_a_false_alarm_is_one_that_stands_at_the_end() -> None:
    found = runs(good=1, bad=4)
    scores = {"r1": (1, 1, 1), "r2": (1, 1, -1), "r3": (-1, -1, 1), "r4": (-1, -1, -1), "r0": (1, 1, 1)}
    cells = said(found, [scores[one.members[0][1]][key.step // 100 - 1] for one, key in found])
    assert plain(cells)["false_alarms"] == 0.5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.lists(st.integers(0, 3), min_size=8, max_size=8).filter(any))
def test_a_resampled_run_stands_there_with_all_its_checkpoints(seed: int, counts: list[int]) -> None:
    """Weights that are the same within a run are repeated runs."""
    found = runs()
    cells = said(found, np.random.default_rng(seed).normal(size=len(found)).tolist())
    weights = np.array([[counts[int(cell.ref.members[0][1][1:])] for cell in cells]], dtype=float)
    repeated = [cell for cell, count in zip(cells, weights[0], strict=True) for _ in range(int(count))]
    got, want = reduce(cells, weights), reduce(repeated, np.ones((1, len(repeated))))
    for name in METRICS:
        np.testing.assert_allclose(got[name], want[name], atol=1e-12, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_every_metric_stays_in_its_range_and_ignores_the_order_of_cells(seed: int) -> None:
    found = runs(good=3, bad=5)
    rng = np.random.default_rng(seed)
    cells = said(found, (5 * rng.normal(size=len(found))).tolist())
    got = plain(cells)
    assert got == pytest.approx(plain([cells[place] for place in rng.permutation(len(cells))]))
    for name, value in got.items():
        assert METRICS[name].lowest - 1e-9 <= value <= 1 + 1e-9, name


def test_other_kinds_and_an_outcome_without_runs_have_no_figure() -> None:
    assert all(np.isnan(value) for value in plain([]).values())
    found = runs(good=0, bad=3)
    got = plain(said(found, [0.0] * len(found)))
    assert np.isnan([got["forecast"], got["forecast_auroc"], got["lead"]]).all()
    assert got["false_alarms"] == 0.5


# the scale


def answered(found: Sequence[Asked], scores: Sequence[float]) -> list[tuple[Ref, RunKey, dict[str, UnitAnswer | None]]]:
    return [
        (one, key, {one.units[0]: UnitAnswer(score=float(score))})
        for (one, key), score in zip(found, scores, strict=True)
    ]


def signal(found: Sequence[Asked], strength: float, seed: int = 0) -> np.ndarray:
    return strength * (2 * truth(found) - 1) + np.random.default_rng(seed).normal(size=len(found))


@pytest.mark.parametrize("shift", [0.0, 100.0])
@pytest.mark.parametrize("scale", [1.0, 1e-6, -1e4])
def test_the_scale_finds_sign_and_threshold_in_any_unit(scale: float, shift: float) -> None:
    found = runs(good=20, bad=20)
    scores = scale * (signal(found, 2.0) + shift)
    fitted = fit(answered(found, scores.tolist()), 1e-3, sign_given=False)
    assert fitted is not None
    assert np.sign(fitted.slope) == np.sign(scale)
    p = np.array([fitted.probability(score) for score in scores])
    assert np.mean((p > 0.5) == truth(found)) > 0.9
    assert fitted.checkpoints == len(found)


def test_a_blind_score_forecasts_one_half_whatever_the_share_of_runs() -> None:
    for good in (2, 20):
        found = runs(good=good, bad=10)
        p = []
        for seed in range(20):
            fitted = fit(answered(found, signal(found, 0.0, seed).tolist()), 1e-3, sign_given=False)
            assert fitted is not None
            p.append(fitted.probability(0.0))
        assert np.mean(p) == pytest.approx(0.5, abs=0.06)


def test_a_given_sign_is_kept_against_the_evidence() -> None:
    found = runs(good=20, bad=20)
    scores = -signal(found, 2.0)
    free, kept = (fit(answered(found, scores.tolist()), 1e-3, sign_given=given) for given in (False, True))
    assert free is not None
    assert kept is not None
    assert free.slope < 0 < kept.slope
    assert kept.probability(float(scores.max())) == pytest.approx(0.5, abs=0.01)


def test_a_constant_score_says_nothing() -> None:
    found = runs()
    fitted = fit(answered(found, [7.0] * len(found)), 1e-3, sign_given=False)
    assert fitted is not None
    assert fitted.probability(7.0) == pytest.approx(0.5)


def test_too_few_checkpoints_give_no_scale() -> None:
    found = runs(good=1, bad=(LEAST_CHECKPOINTS - 1) // 3)
    assert len(found) == LEAST_CHECKPOINTS + 1
    assert fit(answered(found, list(range(len(found)))), 1e-3, sign_given=False) is not None
    silent = [(one, key, {one.units[0]: None}) for one, key in found[:2]]
    assert fit([*silent, *answered(found[2:], [0.0] * (len(found) - 2))], 1e-3, sign_given=False) is None
    assert fit(answered(runs(good=0, bad=9), [0.0] * 27), 1e-3, sign_given=False) is None
    assert fit([], 1e-3, sign_given=False) is None
