from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from interpbench.score.audit import COLUMNS
from interpbench.score.interval import Estimate, not_available
from interpbench.score.matched import LEAST_PAIRS, gate, labels
from interpbench.score.shares import intervals

Values = Callable[[int, np.random.Generator], tuple[float, float]]


def found(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=80, families=5)


def table(features: dict[str, Values], families: int = 5) -> pd.DataFrame:
    """Sixteen pairs a family, of four better and four worse networks; a feature gives values for the two of a pair."""
    rng = np.random.default_rng(0)
    rows = []
    for family in range(families):
        for pair in range(16):
            place = (f"f{family}", "mlp", "matched", "start", f"g{pair % 4}", f"m{pair // 4}")
            rows += [(*place, name, *values(pair, rng)) for name, values in features.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_a_balanced_sign_contains_half_and_a_constant_one_does_not() -> None:
    got = intervals(
        table(
            {
                "balanced": lambda pair, rng: (1.0, 2.0) if bin(pair).count("1") % 2 else (2.0, 1.0),
                "always": lambda pair, rng: (2.0, 1.0),
                "never": lambda pair, rng: (1.0, 2.0),
                "equal": lambda pair, rng: (1.0, 1.0),
                "mostly": lambda pair, rng: (2.0, 1.0) if rng.random() < 0.9 else (1.0, 2.0),
                "unknown": lambda pair, rng: (float("nan"), float("nan")),
            }
        ),
        np.random.default_rng(1),
    )
    assert {name: one.value for name, one in got.items() if name in {"balanced", "always", "never", "equal"}} == {
        "balanced": 0.5,
        "always": 1.0,
        "never": 0.0,
        "equal": 0.5,
    }
    assert got["mostly"].low is not None
    assert 0.5 < got["mostly"].low < 0.9
    assert gate(80, {name: got[name] for name in ("balanced", "equal")}) == []
    assert len(gate(80, {name: got[name] for name in ("always", "never", "mostly")})) == 3
    assert labels({name: got[name] for name in ("balanced", "always", "never", "equal", "unknown")}) == [
        "always",
        "never",
    ]
    assert got["unknown"].value is None


def test_null_random_values_pass_the_gate_nearly_always() -> None:
    """Nominal 95%; few families make it wider."""
    passed = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        luck = {(family, pair): rng.normal(size=2) for family in range(5) for pair in range(16)}
        some = table({"norm": lambda pair, _: (0.0, 0.0)})
        drawn = [luck[place // 16, place % 16] for place in range(len(some))]
        some[["better_value", "worse_value"]] = np.array(drawn)
        passed.append(gate(80, intervals(some, rng)) == [])
    assert np.mean(passed) > 0.9


def test_the_gate_asks_for_enough_pairs() -> None:
    fine = {"norm": found(0.5, 0.4, 0.6)}
    assert gate(LEAST_PAIRS, fine) == []
    assert gate(LEAST_PAIRS - 1, fine) == ["59 pairs, wanted 60"]


@pytest.mark.parametrize(
    ("low", "high", "kept"), [(0.5, 0.7, True), (0.3, 0.5, True), (0.51, 0.7, False), (0.1, 0.49, False)]
)
def test_the_gate_looks_at_both_sides(low: float, high: float, kept: bool) -> None:
    said = gate(80, {"norm": found((low + high) / 2, low, high)})
    assert (said == []) is kept
    assert kept or said == [f"norm: {100 * low:.0f} to {100 * high:.0f} does not contain 50"]


def test_without_an_interval_the_gate_does_not_pass() -> None:
    assert gate(80, {"norm": not_available("no scored cells")}) == ["norm: no scored cells"]


def test_labels_name_what_decides_in_either_direction_most_telling_first() -> None:
    others = {
        "minimal-norm": found(0.92, 0.8, 1.0),
        "energy": found(0.03, 0.0, 0.1),
        "weak": found(0.85, 0.7, 0.95),
        "unsure": found(0.95, 0.45, 1.0),
        "missing": not_available("no scored cells"),
    }
    assert labels(others) == ["energy", "minimal-norm"]
