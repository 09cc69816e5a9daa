"""The claims of `docs/reports/features-claims.md` that held, on the same fresh worlds."""

import numpy as np
import pytest
from feature_claims import WORLDS, ceiling, drawn, fared, selectivity, verdict


def test_a_verdict_is_open_until_the_interval_leaves_out_zero() -> None:
    assert verdict([0.1, 0.2, 0.15]).endswith("holds")
    assert verdict([-0.1, -0.2, -0.15]).endswith("fails")
    assert verdict([-0.1, 0.2, 0.1]).endswith("open")


@pytest.mark.slow
def test_the_order_of_dictionaries_and_their_bounds() -> None:
    worlds = [drawn(number) for number in range(WORLDS)]
    found = {
        name: np.array(fared(name, worlds).f1)
        for name in ("matryoshka", "batch-topk", "jump-relu", "l1", "topk", "pursuit", "frozen random")
    }
    for better, worse in (
        ("batch-topk", "l1"),
        ("jump-relu", "l1"),
        ("matryoshka", "l1"),
        ("l1", "pursuit"),
        ("topk", "pursuit"),
        ("pursuit", "frozen random"),
    ):
        assert verdict((found[better] - found[worse]).tolist()).endswith("holds"), (better, worse)
    assert found["frozen random"].mean() < 0.15
    assert min(ceiling(one) for one in worlds) >= 0.95


@pytest.mark.slow
def test_a_linear_probe_is_more_selective_than_a_network() -> None:
    probes = [selectivity(drawn(number), number) for number in range(3)]
    for one in probes:
        assert one["linear"][0] - one["linear"][1] > 0.3
        assert one["MLP"][0] - one["MLP"][1] < 0.15
