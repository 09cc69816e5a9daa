from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interpbench.tracks.generalization.answer import Calibration, UnitAnswer
from interpbench.tracks.generalization.key import GradedKey, PairKey, RunKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.generalization.score import ASIDE_KINDS, HEADLINE_KINDS, METRICS, judge, reduce
from interpbench.tracks.generalization.track import TRACK
from interpbench.tracks.instance import Ref, ScoredCell

RefBuild = Callable[..., Ref]
PLAIN = Calibration(slope=4.0, offset=-2.0, gain=1.0, pairs=9)
TURNED = PLAIN.model_copy(update={"slope": -4.0})
NAMES = [kind.value for kind in (*HEADLINE_KINDS, *ASIDE_KINDS, Kind.NULL, Kind.GRADED, Kind.DEVELOPMENTAL)]
Key = PairKey | GradedKey | RunKey


def key_of(kind: str, first: bool, rng: np.random.Generator) -> Key:
    if kind == Kind.DEVELOPMENTAL:
        return RunKey(test=1.0 if first else 0.1, step=100, arrival=300 if first else None, last=500)
    if kind == Kind.GRADED:
        norm, loss, rows = rng.normal(size=3)
        return GradedKey(test=float(rng.random()), log_norm=norm, log_loss=loss, n_train=rows)
    if kind == Kind.NULL:
        return PairKey(kind=Kind.NULL, test_a=0.97, test_b=1.0)
    return PairKey(kind=Kind(kind), test_a=1.0 if first else 0.1, test_b=0.1 if first else 1.0)


def suite(ref: RefBuild, each: int, seed: int = 0, kinds: Sequence[str] = NAMES) -> list[tuple[Ref, Key]]:
    rng = np.random.default_rng(seed)
    return [
        (ref(kind, 1000 * place + index), key_of(kind, bool(rng.random() < 0.5), rng))
        for place, kind in enumerate(kinds)
        for index in range(each)
    ]


def truth(key: Key) -> tuple[float, ...]:
    return (key.test_a, key.test_b) if isinstance(key, PairKey) else (key.test,)


def said(ref: Ref, scores: Sequence[float | None]) -> dict[str, UnitAnswer | None]:
    return {
        unit: None if score is None else UnitAnswer(score=score) for unit, score in zip(ref.units, scores, strict=True)
    }


def plain(cells: Sequence[ScoredCell]) -> dict[str, float]:
    return {name: float(value[0]) for name, value in reduce(cells, np.ones((1, len(cells)))).items()}


def noise(found: Sequence[tuple[Ref, Key]], seed: int, scale: Calibration | None) -> list[ScoredCell]:
    rng = np.random.default_rng(seed)
    return [judge(one, key, said(one, rng.normal(size=len(one.units)).tolist()), scale) for one, key in found]


def test_oracle_reaches_the_ceiling_of_every_metric(ref: RefBuild) -> None:
    scale = TRACK.oracle_calibration
    got = plain([judge(one, key, said(one, truth(key)), scale) for one, key in suite(ref, 30)])
    assert set(got) == set(METRICS)
    for name, metric in METRICS.items():
        assert got[name] == pytest.approx(metric.ceiling, abs=1e-3), name


def test_direction_the_opposite_of_the_oracle_is_always_wrong(ref: RefBuild) -> None:
    got = plain([judge(one, key, said(one, [-t for t in truth(key)]), PLAIN) for one, key in suite(ref, 30)])
    assert got["accuracy"] == got["contaminated"] == got["answered"] == 0
    assert got["tau"] == pytest.approx(-1)
    assert got["brier"] > 0.9


def test_a_negative_slope_turns_pairs_and_ranks_alike(ref: RefBuild) -> None:
    found = suite(ref, 20)
    rng = np.random.default_rng(1)
    scores = {one.id + one.kind: rng.normal(size=len(one.units)) for one, _ in found}
    forth = plain([judge(one, key, said(one, scores[one.id + one.kind].tolist()), PLAIN) for one, key in found])
    back = plain([judge(one, key, said(one, (-scores[one.id + one.kind]).tolist()), TURNED) for one, key in found])
    assert forth == pytest.approx(back)


def test_null_random_answers_score_chance(ref: RefBuild) -> None:
    found = suite(ref, 60)
    runs = [plain(noise(found, seed, None)) for seed in range(200)]
    for name in ("accuracy", *HEADLINE_KINDS, "contaminated", "tau", "answered"):
        assert np.mean([run[name] for run in runs]) == pytest.approx(METRICS[name].chance, abs=0.02), name
    assert np.mean([run["present_brier"] for run in runs]) == pytest.approx(METRICS["present_brier"].chance)


def test_null_who_says_nothing_about_presence_has_chance_false_positives(ref: RefBuild) -> None:
    assert plain(noise(suite(ref, 60), 0, None))["false_positives"] == METRICS["false_positives"].chance


def test_a_failure_on_a_null_scores_chance(ref: RefBuild) -> None:
    cells = [judge(one, key, said(one, [None, None]), PLAIN) for one, key in suite(ref, 10, kinds=["null"])]
    assert plain(cells)["false_positives"] == METRICS["false_positives"].chance


@pytest.mark.parametrize("given_", [[None, None], [1.0, None], [None, 1.0]])
def test_a_failure_scores_chance_and_is_counted(ref: RefBuild, given_: list[float | None]) -> None:
    found = suite(ref, 10, kinds=[kind for kind in NAMES if kind not in {Kind.GRADED, Kind.DEVELOPMENTAL}])
    cells = [judge(one, key, said(one, given_), PLAIN) for one, key in found]
    assert not any(cell.answered for cell in cells)
    got = plain(cells)
    assert got["coverage"] == 0
    assert np.isnan(got["answered"])
    for name in ("accuracy", *HEADLINE_KINDS, "contaminated", "brier", "present_brier"):
        assert got[name] == METRICS[name].chance, name


def test_a_missing_unit_is_a_failure_and_a_reason_is_kept(ref: RefBuild) -> None:
    one, key = suite(ref, 1, kinds=["seed"])[0]
    assert not judge(one, key, {}, PLAIN).answered
    answers = {one.units[0]: UnitAnswer(score=1.0), one.units[1]: UnitAnswer(not_applicable="too wide")}
    cell = judge(one, key, answers, None)
    assert (cell.answered, cell.reason, cell.values["correct"]) == (False, "too wide", 0.5)


@pytest.mark.parametrize("scale", [None, PLAIN, TURNED])
def test_ties_count_half(ref: RefBuild, scale: Calibration | None) -> None:
    for one, key in suite(ref, 5, kinds=["recipe", "contaminated"]):
        values = judge(one, key, said(one, [2.0, 2.0]), scale).values
        assert (values["correct"], values["brier"]) == (0.5, 0.25)


@pytest.mark.parametrize("a_first", [True, False])
@pytest.mark.parametrize("scale", [None, PLAIN, TURNED])
def test_each_sign_of_a_pair(ref: RefBuild, a_first: bool, scale: Calibration | None) -> None:
    one = ref("recipe", 0)
    key = key_of("recipe", a_first, np.random.default_rng(0))
    up = 1.0 if scale is not TURNED else -1.0
    scores = [up, 0.0] if a_first else [0.0, up]
    right, wrong = judge(one, key, said(one, scores), scale), judge(one, key, said(one, scores[::-1]), scale)
    assert (right.values["correct"], wrong.values["correct"]) == (1.0, 0.0)
    assert right.values["brier"] < 0.25 < wrong.values["brier"]
    assert (right.family, right.ref) == (one.task, one)


def test_presence_is_scored_on_pairs_that_differ_and_on_those_that_do_not(ref: RefBuild) -> None:
    far, near = [1.0, 0.0], [0.0, 0.0]  # p_present: sigmoid(2) and sigmoid(-2)
    rng = np.random.default_rng(0)
    pair, null = ref("seed", 0), ref("null", 1)
    told = judge(pair, key_of("seed", True, rng), said(pair, far), PLAIN).values
    missed = judge(pair, key_of("seed", True, rng), said(pair, near), PLAIN).values
    false = judge(null, key_of("null", True, rng), said(null, far), PLAIN).values
    quiet = judge(null, key_of("null", True, rng), said(null, near), PLAIN).values
    assert told["present_brier"] == pytest.approx(quiet["present_brier"]) == pytest.approx(0.0142, abs=1e-3)
    assert missed["present_brier"] == pytest.approx(false["present_brier"]) == pytest.approx(0.776, abs=1e-3)
    assert (false["false_positive"], quiet["false_positive"]) == (1.0, 0.0)
    assert "correct" not in false
    assert "false_positive" not in told
    many = [
        judge(ref("seed", place), key_of("seed", True, rng), said(ref("seed", place), near), PLAIN)
        for place in range(9)
    ]
    both = plain([*many, judge(null, key_of("null", True, rng), said(null, near), PLAIN)])
    assert both["present_brier"] == pytest.approx((0.776 + 0.0142) / 2, abs=1e-3)  # nine to one counts as one to one


@given(st.integers(0, 2**31), st.data())
def test_weights_are_repeated_cells(ref: RefBuild, seed: int, data: st.DataObject) -> None:
    cells = noise(suite(ref, 3, seed), seed, PLAIN)
    counts = data.draw(st.lists(st.integers(0, 3), min_size=len(cells), max_size=len(cells)).filter(any))
    weighted = reduce(cells, np.array([counts], dtype=float))
    repeated = [cell for cell, count in zip(cells, counts, strict=True) for _ in range(count)]
    want = reduce(repeated, np.ones((1, len(repeated))))
    for name in METRICS:
        if name != "tau":  # its regression is fitted once, on the networks as they are (see rank_residuals)
            np.testing.assert_allclose(weighted[name], want[name], atol=1e-12, err_msg=name)


@given(st.integers(0, 2**31))
def test_every_metric_stays_in_its_range_and_ignores_the_order_of_cells(ref: RefBuild, seed: int) -> None:
    cells = noise(suite(ref, 7, seed), seed, PLAIN)  # fewer networks than covariates leave nothing to rank
    order = np.random.default_rng(seed).permutation(len(cells))
    got, shuffled = plain(cells), plain([cells[place] for place in order])
    assert got == pytest.approx(shuffled, nan_ok=True)
    for name, value in got.items():
        assert np.isnan(value) or METRICS[name].lowest - 1e-9 <= value <= 1 + 1e-9, name


def test_rows_of_weights_are_independent(ref: RefBuild) -> None:
    cells = noise(suite(ref, 5), 0, PLAIN)
    weights = np.random.default_rng(0).integers(0, 3, size=(6, len(cells))).astype(float)
    together = reduce(cells, weights)
    for place, row in enumerate(weights):
        alone = reduce(cells, row[None])
        for name in METRICS:
            np.testing.assert_allclose(together[name][place], alone[name][0])


def test_the_headline_is_the_mean_over_kinds_and_not_over_pairs(ref: RefBuild) -> None:
    rng = np.random.default_rng(0)
    found = [(ref("recipe", index), key_of("recipe", True, rng)) for index in range(9)] + [
        (ref("seed", 100), key_of("seed", True, rng))
    ]
    scores = {"recipe": [1.0, 0.0], "seed": [0.0, 1.0]}
    got = plain([judge(one, key, said(one, scores[one.kind]), PLAIN) for one, key in found])
    assert (got["recipe"], got["seed"], got["accuracy"]) == (1.0, 0.0, 0.5)


@pytest.mark.parametrize("kind", NAMES)
def test_what_has_no_data_is_not_a_number(ref: RefBuild, kind: str) -> None:
    got = plain(noise(suite(ref, 12, kinds=[kind]), 0, PLAIN))
    for name, metric in METRICS.items():
        assert np.isnan(got[name]) == (bool(metric.kinds) and kind not in metric.kinds), name


def test_of_no_cells_nothing_is_known() -> None:
    assert all(np.isnan(value).tolist() == [True] for value in reduce([], np.ones((1, 0))).values())


def test_contaminated_pairs_are_not_in_the_headline(ref: RefBuild) -> None:
    found = suite(ref, 5, kinds=["contaminated", "seed"])
    got = plain(
        [
            judge(one, key, said(one, truth(key) if one.kind == "seed" else [-t for t in truth(key)]), PLAIN)
            for one, key in found
        ]
    )
    assert (got["accuracy"], got["contaminated"]) == (1.0, 0.0)


@pytest.mark.parametrize("score", [3.0, None])
def test_a_constant_score_or_none_at_all_has_a_tau_of_zero(ref: RefBuild, score: float | None) -> None:
    found = suite(ref, 20, kinds=["graded"])
    assert plain([judge(one, key, said(one, [score]), PLAIN) for one, key in found])["tau"] == 0


def test_falling_silent_in_a_family_does_not_raise_tau(ref: RefBuild) -> None:
    rng = np.random.default_rng(0)
    known = [(ref("graded", n, "generalization/a"), key_of("graded", True, rng)) for n in range(12)]
    silent = [(ref("graded", n, "generalization/b"), key_of("graded", True, rng)) for n in range(12)]
    cells = [judge(one, key, said(one, truth(key)), PLAIN) for one, key in known]
    cells += [judge(one, key, said(one, [0.0]), PLAIN) for one, key in silent]
    assert plain(cells)["tau"] == pytest.approx(0.5)


def test_tau_hardly_rewards_what_the_covariates_tell(ref: RefBuild) -> None:
    """A line through ranks is not the whole of a monotone relation: about a seventh of the raw tau stays."""
    rng = np.random.default_rng(0)
    beyond, raw = [], []
    for _ in range(40):
        norms, luck, noise_ = rng.normal(size=(3, 30))
        tests, scores = norms + 0.3 * luck, norms + 0.3 * noise_
        cells = []
        for index in range(30):
            one = ref("graded", index)
            key = GradedKey(test=tests[index], log_norm=norms[index], log_loss=0.0, n_train=1.0)
            cells.append(judge(one, key, said(one, [scores[index]]), PLAIN))
        beyond.append(plain(cells)["tau"])
        raw.append(stats.kendalltau(scores, tests).statistic)
    assert np.mean(raw) > 0.6  # the control: both follow the norm
    assert np.mean(beyond) < 0.25 * np.mean(raw)


def test_families_are_ranked_within_and_averaged(ref: RefBuild) -> None:
    rng = np.random.default_rng(0)
    cells = []
    for task, sign, shift in (("generalization/a", 1, 0), ("generalization/b", -1, 100)):
        for index in range(15):
            one, key = ref("graded", index, task), key_of("graded", True, rng)
            assert isinstance(key, GradedKey)
            cells.append(judge(one, key, said(one, [sign * key.test + shift]), PLAIN))
    assert plain(cells)["tau"] == pytest.approx(0.0, abs=1e-9)
