"""Who leads: told from the runner-up only where the paired interval leaves 0 out, whichever way a metric points."""

import numpy as np

from interpbench.score.lead import lead
from interpbench.score.units import Member, Units, evidence

RNG = np.random.default_rng(0)
EVIDENCE = evidence(
    Units(
        family=[f"f{n}" for n in range(12)],
        stratum=["s"] * 12,
        members=[(Member("plain", f"m{n}"),) for n in range(12)],
    )
)


def draws(value: float, noise: float = 0.02) -> np.ndarray:
    return np.concatenate([[value], value + noise * RNG.standard_normal(2000)])


def test_a_clear_leader_is_clear_and_a_close_one_is_not() -> None:
    far = lead({"a": draws(0.9), "b": draws(0.5), "c": draws(0.1)}, EVIDENCE)
    near = lead({"a": draws(0.90), "b": draws(0.89), "c": draws(0.1)}, EVIDENCE)
    assert far is not None
    assert near is not None
    assert (far.best, far.second, far.clear) == ("a", "b", True)
    assert (near.best, near.second, near.clear) == ("a", "b", False)
    assert near.detectable is not None
    assert near.detectable > 0.01


def test_less_is_better_where_a_metric_falls() -> None:
    found = lead({"a": draws(0.9), "b": draws(0.5)}, EVIDENCE, falls=True)
    assert found is not None
    assert (found.best, found.clear) == ("b", True)


def test_a_tie_and_a_row_without_a_score_lead_nothing() -> None:
    same = draws(0.5)
    tied = lead({"a": same, "b": same}, EVIDENCE)
    assert tied is not None
    assert not tied.clear
    assert lead({"a": same, "b": np.full(2001, np.nan)}, EVIDENCE) is None
