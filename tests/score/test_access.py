"""What each access tier adds: the best of each on dev, its paired gain on the tier before, and who is highest here."""

import numpy as np

from interpbench.score.access import Contender, by_access
from interpbench.score.units import Member, Units, evidence

ROWS = [
    Contender("reads", "data", 0.5),
    Contender("asks", "behaviour", 0.6),
    Contender("looks", "weights", 0.7),
    Contender("lucky", "weights", 0.1),
]
RNG = np.random.default_rng(0)
UNITS = Units(
    family=[f"f{n}" for n in range(12)],
    stratum=["s"] * 12,
    members=[(Member("plain", f"m{n}"),) for n in range(12)],
)


def draws(value: float, noise: float = 0.02) -> np.ndarray:
    return np.concatenate([[value], value + noise * RNG.standard_normal(2000)])


DRAWS = {
    "reads": {"plain": draws(0.4)},
    "asks": {"plain": draws(0.8)},
    "looks": {"plain": draws(0.8)},
    "lucky": {"plain": draws(0.9)},
}
FOUND = by_access(ROWS, DRAWS, ["plain"], {"plain": evidence(UNITS)})


def test_each_tier_is_represented_by_its_best_on_dev_and_not_by_the_highest_here() -> None:
    assert [(one.tier, one.methods["plain"]) for one in FOUND] == [
        ("data", "reads"),
        ("behaviour", "asks"),
        ("weights", "looks"),
    ]
    assert FOUND[2].highest["plain"].method == "lucky"


def test_gains_are_paired_differences_to_the_tier_before() -> None:
    assert FOUND[0].gains == {}
    gain, nothing = FOUND[1].gains["plain"], FOUND[2].gains["plain"]
    assert gain.value is not None
    assert gain.low is not None
    assert nothing.low is not None
    assert nothing.high is not None
    assert abs(gain.value - 0.4) < 1e-9
    assert gain.low > 0
    assert nothing.low < 0 < nothing.high


def test_a_tier_without_a_row_that_dev_has_seen_is_left_out() -> None:
    rows = [Contender("reads", "data", None), Contender("asks", "behaviour", 0.1)]
    (only,) = by_access(rows, DRAWS, ["plain"], {"plain": evidence(UNITS)})
    assert (only.tier, only.gains) == ("behaviour", {})


def test_each_part_has_its_own_best_on_dev_where_that_was_kept() -> None:
    """Two methods share a tier: one is better on the whole, the other on a part."""
    whole = Contender("whole", "weights", 0.7, {"plain": 0.9, "guarded": 0.2, "recovery": 0.7})
    part = Contender("part", "weights", 0.6, {"plain": 0.5, "guarded": 0.6, "recovery": 0.6})
    values = {
        name: {metric: draws(0.5) for metric in ("plain", "guarded", "recovery")} for name in ("whole", "part", "reads")
    }
    rests = {metric: evidence(UNITS) for metric in ("plain", "guarded", "recovery")}
    _, found = by_access([Contender("reads", "data", 0.1), whole, part], values, list(rests), rests)
    assert found.methods == {"plain": "whole", "guarded": "part", "recovery": "whole"}


def test_a_part_that_was_not_kept_is_not_replaced_by_the_headline() -> None:
    """Otherwise a headline would compete with scores of a part."""
    kept = Contender("kept", "data", 0.6, {"guarded": 0.1, "recovery": 0.6})
    lacks = Contender("lacks", "data", 0.7, {"plain": 0.9, "recovery": 0.7})
    assert [kept.on("guarded"), lacks.on("guarded"), lacks.on("recovery")] == [0.1, None, 0.7]
    assert Contender("old", "data", 0.5).on("guarded") == 0.5
