import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom

from interpbench.toolkit.language.presence import FINDS, presence


@pytest.mark.parametrize(("hits", "asked", "constant"), [(3, 20, 0.3), (12, 20, 0.3), (40, 50, 0.5), (0, 10, 0.2)])
def test_it_is_what_the_integral_says(hits: int, asked: int, constant: float) -> None:
    found = quad(lambda p: binom.pmf(hits, asked, p) / (1 - constant), constant, 1)[0]
    odds = FINDS * found / binom.pmf(hits, asked, constant) + 1 - FINDS
    assert presence(hits, asked, constant, 1) == pytest.approx(odds / (1 + odds), rel=1e-6)


def test_bounds_order_and_extremes() -> None:
    rising = [presence(hits, 100, 0.3, 4) for hits in range(101)]
    assert np.all(np.diff(rising) >= 0)
    assert 1 / 3 < rising[0] < 0.34
    assert rising[-1] > 0.999999
    assert presence(100, 100, 0.3, 4) <= 1
    assert presence(45, 100, 0.3, 10) < presence(45, 100, 0.3, 1)
    assert presence(0, 0, 0.3, 0) == presence(50, 50, 1.0, 1) == pytest.approx(1 / 3)
    assert presence(10_000, 10_000, 1e-3, 1) == pytest.approx(1)


def test_random_labels_are_seldom_taken_for_a_rule() -> None:
    """The best of four theories that guess, on a hundred rows of six labels."""
    rng = np.random.default_rng(0)
    best = rng.binomial(100, 1 / 6, (2000, 4)).max(axis=1)
    told = np.array([presence(int(hits), 100, 1 / 6, 4) for hits in best])
    assert (told > 0.5).mean() < 0.05
    assert told.mean() < 0.4
