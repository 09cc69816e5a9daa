import math
from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
import torch

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.names import generator
from interpbench.models.steer import at_loss
from interpbench.models.subject import Network
from interpbench.models.train import Training, train
from interpbench.toolkit.tempering import EQUAL_LOSS
from interpbench.tracks.generalization.matched import (
    APART,
    SCALARS,
    Signs,
    draw_signs,
    goals,
    matches,
    missed,
    scalars,
    stated,
)
from interpbench_methods.confidence import Confidence
from interpbench_methods.scalars.registry import STATISTICS

P = 7
CONFIG = MLPConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=48, activation="relu")
DOMAIN = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)


@pytest.fixture(scope="module")
def pair() -> tuple[tuple[Params, Params], Rows, torch.Tensor]:
    """Two networks that fit the same rows and differ in loss, norm and confidence."""
    tokens = DOMAIN.everything()[torch.randperm(P * P, generator=generator("matched"))]
    rows = Rows(tokens=tokens[:25], labels=tokens[:25].sum(dim=1, keepdim=True) % P)
    fits = (
        Training(weight_decay=0.0, max_steps=300, stop_loss=1e-3),
        Training(weight_decay=0.5, max_steps=200, stop_loss=5e-2),
    )
    first, second = (train(CONFIG, rows, fit, generator("matched", n))[0] for n, fit in enumerate(fits))
    return (first, second), rows, tokens[25:]


def test_the_four_scalars_are_those_of_the_methods(pair: tuple[tuple[Params, Params], Rows, torch.Tensor]) -> None:
    for params in pair[0]:
        rows, unlabelled = pair[1], pair[2]
        got, subject, rng = scalars(CONFIG, params, rows, unlabelled), Network(CONFIG, params), generator("x")
        methods = {
            name: STATISTICS[name](subject, rows, rng) for name in ("weight-norm", "train-loss", "tempered-margin")
        }
        assert got.norm == pytest.approx(-methods["weight-norm"])
        assert torch.tensor(got.loss).log() == pytest.approx(-methods["train-loss"], rel=1e-5)
        assert got.margin == pytest.approx(methods["tempered-margin"])
        log_p = subject.logits(unlabelled).double().log_softmax(-1)
        assert got.confidence == pytest.approx(float(log_p.amax(-1).mean()))
    assert Confidence().inputs >= len(unlabelled)  # so that the method looks at the same inputs


@pytest.mark.parametrize("sides", [(1, 1, 1, 1), (1, -1, -1, 1), (-1, 1, -1, 1), (-1, -1, -1, -1)])
def test_goals_lie_on_the_sides_drawn_and_nothing_else_differs(
    pair: tuple[tuple[Params, Params], Rows, torch.Tensor], sides: tuple[int, ...]
) -> None:
    signs = Signs(**dict(zip(SCALARS, sides, strict=True)))
    first, second = goals(CONFIG, *pair, signs)
    for goal, side in ((first, 1), (second, -1)):
        assert -float(goal.rows[:, 0].mean()) == pytest.approx(0.01 * (1 + side * signs.loss * APART), rel=1e-4)
    assert first.norm / second.norm == pytest.approx((1 + signs.norm * APART) / (1 - signs.norm * APART))
    sure = [-float(goal.unlabelled[:, 0].mean()) for goal in (first, second)]
    ratio = (1 - signs.confidence * APART) / (1 + signs.confidence * APART)
    assert sure[0] / sure[1] == pytest.approx(ratio, rel=1e-3)
    margins = [stated(goal).margin for goal in (first, second)]
    assert margins[0] / margins[1] == pytest.approx((1 + signs.margin * APART) / (1 - signs.margin * APART), rel=1e-3)
    assert float((first.unlabelled.exp() - second.unlabelled.exp()).abs().max()) < 0.02


class _Fixed:
    """A subject with given logits."""

    def __init__(self, lines: torch.Tensor) -> None:
        self._lines = lines

    def logits(self, tokens: torch.Tensor) -> torch.Tensor:
        return self._lines[:, None]


def test_a_goal_states_its_scalars_as_the_methods_would_measure_them(
    pair: tuple[tuple[Params, Params], Rows, torch.Tensor],
) -> None:
    goal, other = goals(CONFIG, *pair, Signs(norm=1, loss=-1, margin=-1, confidence=1))
    zeros = torch.zeros(len(goal.rows), 1, dtype=torch.int64)
    fixed: Any = _Fixed(goal.rows)
    wanted = stated(goal)
    for name, value in (("train-loss", -math.log(wanted.loss)), ("tempered-margin", wanted.margin)):
        measured = STATISTICS[name](fixed, Rows(tokens=zeros, labels=zeros), generator())
        assert measured == pytest.approx(value, rel=1e-5)
    assert missed(wanted, wanted) is None
    assert missed(wanted, stated(other)) is None  # they are two percent apart, which is no miss
    assert "norm" in (missed(wanted, replace(wanted, norm=1.2 * wanted.norm)) or "")
    assert "confidence" in (missed(wanted, replace(wanted, confidence=0.9 * wanted.confidence)) or "")


def test_the_common_confidence_lies_between_those_of_the_networks(
    pair: tuple[tuple[Params, Params], Rows, torch.Tensor],
) -> None:
    networks, rows, unlabelled = pair
    found = goals(CONFIG, networks, rows, unlabelled, Signs(norm=1, loss=1, margin=1, confidence=1))
    own = [scalars(CONFIG, at_loss(CONFIG, one, rows, EQUAL_LOSS), rows, unlabelled).confidence for one in networks]
    common = sum(float(goal.unlabelled[:, 0].mean()) for goal in found) / 2
    assert min(own) < common < max(own)
    for goal in found:  # distributions, sorted, with the answer in front
        assert bool((goal.unlabelled.diff(dim=-1) <= 1e-5).all())
        assert bool((goal.rows.argmax(-1) == 0).all())
        assert float((goal.unlabelled.exp().sum(-1) - 1).abs().max()) < 1e-5


def test_swapping_the_networks_swaps_the_goals(pair: tuple[tuple[Params, Params], Rows, torch.Tensor]) -> None:
    (first, second), rows, unlabelled = pair
    signs = Signs(norm=1, loss=-1, margin=-1, confidence=1)
    there = goals(CONFIG, (first, second), rows, unlabelled, signs)
    back = goals(CONFIG, (second, first), rows, unlabelled, signs.opposite)
    for one, same in zip(there, reversed(back), strict=True):
        assert one.norm == pytest.approx(same.norm)
        torch.testing.assert_close(one.rows, same.rows, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(one.unlabelled, same.unlabelled, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [8, 16, 24])
def test_signs_are_balanced_and_say_nothing_about_each_other(count: int) -> None:
    drawn = [tuple(getattr(signs, name) for name in SCALARS) for signs in draw_signs(count, "x", count)]
    columns = torch.tensor(drawn).double()
    assert columns.sum(dim=0).abs().max() == 0
    for a, b in combinations(range(4), 2):
        assert float((columns[:, a] * columns[:, b]).sum()) == 0
    times = Counter(drawn)  # with every vector its negative, as often: no function of the signs tells who is who
    assert all(times[tuple(-sign for sign in signs)] == number for signs, number in times.items())


def test_any_even_number_of_signs_is_balanced_and_follows_the_names() -> None:
    for count in range(0, 20, 2):
        drawn = draw_signs(count, "x")
        assert all(sum(getattr(signs, name) for signs in drawn) == 0 for name in SCALARS)
    assert draw_signs(8, "x") == draw_signs(8, "x")
    assert draw_signs(8, "x") != draw_signs(8, "y")


def test_matches_use_every_network_alike_and_no_pair_twice() -> None:
    found = matches(["g0", "g1", "g2"], ["m0", "m1", "m2", "m3"], 8, "x")
    assert len({(match.generaliser, match.memoriser) for match in found}) == 8
    for count in (Counter(match.memoriser for match in found), Counter(match.generaliser for match in found)):
        assert max(count.values()) - min(count.values()) <= 1
    assert len(matches(["g0"], ["m0", "m1"], 8, "x")) == 2
    assert matches([], ["m0"], 8, "x") == matches(["g0"], [], 8, "x") == []
