import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from interpbench.score.audit import COLUMNS, by_group, differences, leads, leave_out, solved_by


def table(signal: dict[str, dict[str, float]], better: int = 6, worse: int = 7, seed: int = 0) -> pd.DataFrame:
    """All pairs of six good and seven bad models a family; `signal[family][feature]` = how far the good ones lie."""
    rng = np.random.default_rng(seed)
    rows = []
    for family, features in signal.items():
        for feature, lead in features.items():
            good, bad = rng.normal(lead, 1, better), rng.normal(0, 1, worse)
            for i in range(better):
                for j in range(worse):
                    place = (family, "s", "recipe", f"r{j % 2}", f"g{i}", f"b{j}", feature)
                    rows.append((*place, good[i], bad[j]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_reference_scikit_learn() -> None:
    found = table({"a": {"norm": 0.7}})
    good = found.drop_duplicates("better")["better_value"]
    bad = found.drop_duplicates("worse")["worse_value"]
    wanted = roc_auc_score([1] * len(good) + [0] * len(bad), [*good, *bad])
    assert by_group(found, ["kind"])["norm"][0] == pytest.approx(wanted)


def test_oracle_null_and_direction() -> None:
    found = table({"a": {"oracle": 50.0, "turned": -50.0, "noise": 0.0}}, better=60, worse=60)
    groups = by_group(found, ["family", "kind"])
    assert (groups["oracle"][0], groups["turned"][0]) == (1.0, 0.0)
    assert groups["noise"][0] == pytest.approx(0.5, abs=0.15)
    assert (groups["pairs"][0], groups["worse"][0]) == (3600, 60)


def test_a_tie_counts_half_and_a_missing_value_not_at_all() -> None:
    lead = leads(pd.Series([1.0, 1.0, 0.0, np.nan]), pd.Series([0.0, 1.0, 1.0, 0.0]))
    assert lead.tolist()[:3] == [1.0, 0.5, 0.0]
    assert np.isnan(lead[3])


@settings(max_examples=15)
@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_units_and_offsets_of_a_feature_do_not_matter(scale: float, offset: float) -> None:
    found = table({"a": {"norm": 0.5}, "b": {"norm": 0.5}})
    moved = found.assign(
        better_value=scale * found["better_value"] + offset, worse_value=scale * found["worse_value"] + offset
    )
    pd.testing.assert_frame_equal(by_group(found, ["recipe"]), by_group(moved, ["recipe"]))
    np.testing.assert_allclose(differences(found)[1], differences(moved)[1], rtol=1e-6)


def test_what_holds_in_all_families_is_found_where_none_was_seen() -> None:
    found = table({family: {"good": 8.0, "noise": 0.0} for family in "abc"})
    assert [one.left_out for one in leave_out(found, "family")] == ["a", "b", "c"]
    assert all(one.accuracy > 0.98 and one.pairs == 42 for one in leave_out(found, "family"))


def test_what_turns_between_families_misleads() -> None:
    found = table({"a": {"norm": 8.0}, "b": {"norm": 8.0}, "c": {"norm": -8.0}})
    assert {one.left_out: one.accuracy < 0.1 for one in leave_out(found, "family")}["c"]


def test_null_noise_predicts_nothing() -> None:
    accuracies = [
        one.accuracy
        for seed in range(12)
        for one in leave_out(table({family: {"x": 0.0, "y": 0.0} for family in "abcd"}, seed=seed), "family")
    ]
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.06)


def test_one_group_alone_cannot_be_left_out() -> None:
    assert leave_out(table({"a": {"x": 1.0}}), "family") == []


def test_a_kind_is_labelled_with_what_solves_it_in_either_direction() -> None:
    groups = pd.DataFrame({"kind": ["k", "l"], "norm": [0.03, 0.4], "loss": [0.99, np.nan], "rank": [0.6, 0.5]})
    found = solved_by(groups, ["norm", "loss", "rank"])
    assert found["solved_by"].tolist() == ["loss, norm", ""]
