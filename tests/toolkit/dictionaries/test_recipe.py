from dataclasses import replace

import pytest

from interpbench.toolkit.dictionaries import Kind, Recipe

RECIPE = Recipe(kind=Kind.TOPK, width=64, k=4, steps=100)


def test_the_rate_is_constant_and_then_falls_to_zero() -> None:
    rates = [RECIPE.rate(step) / RECIPE.learning_rate for step in (0, 80, 90, 100)]
    assert rates == pytest.approx([1.0, 1.0, 0.5, 0.0])


def test_prefixes_are_nested_and_end_with_all() -> None:
    assert RECIPE.prefixes == (64,)
    assert replace(RECIPE, kind=Kind.MATRYOSHKA).prefixes == (2, 6, 14, 30, 64)
    assert replace(RECIPE, kind=Kind.MATRYOSHKA, width=5).prefixes == (1, 2, 5)


def test_only_l1_resamples_and_in_the_first_half_only() -> None:
    assert not any(RECIPE.resamples(step) for step in range(100))
    l1 = replace(RECIPE, kind=Kind.L1)
    assert [step for step in range(100) if l1.resamples(step)] == [12, 24, 36, 48]
