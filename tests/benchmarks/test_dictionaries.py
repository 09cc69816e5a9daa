"""Dictionaries: one autoencoder of each kind, several stacked or in turn, encoding, pursuit, and the rivals' fits."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from interpbench.models.names import generator
from interpbench.toolkit.dictionaries import FITS, Kind, Recipe, matching_pursuit, train

WIDTH, D, K, ROWS = 64, 64, 4, 20_000
RECIPE = Recipe(kind=Kind.TOPK, width=WIDTH, k=K, steps=300)
"""A tenth of the steps of an autoencoder."""


@pytest.fixture(scope="module")
def rows() -> torch.Tensor:
    torch.set_num_threads(1)
    return torch.randn(8, ROWS, D, generator=generator("benchmark"))


def _rngs(places: Sequence[int]) -> list[torch.Generator]:
    return [generator("benchmark", place) for place in places]


@pytest.mark.benchmark(group="300 steps of one autoencoder")
@pytest.mark.parametrize("kind", Kind)
def test_kind(benchmark: Any, rows: torch.Tensor, kind: Kind) -> None:
    recipe = replace(RECIPE, kind=kind)
    benchmark.pedantic(lambda: train(rows[:1], recipe, _rngs([0])), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="300 steps of eight autoencoders")
@pytest.mark.parametrize("kind", [Kind.L1, Kind.TOPK, Kind.BATCH_TOPK])
@pytest.mark.parametrize("stacked", [True, False], ids=["stacked", "in turn"])
def test_eight(benchmark: Any, rows: torch.Tensor, kind: Kind, stacked: bool) -> None:
    recipe = replace(RECIPE, kind=kind)

    def eight() -> None:
        for places in [list(range(8))] if stacked else [[place] for place in range(8)]:
            train(rows[places], recipe, _rngs(places))

    benchmark.pedantic(eight, rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="20,000 rows coded")
@pytest.mark.parametrize("kind", [Kind.TOPK, Kind.BATCH_TOPK, Kind.PURSUIT])
def test_codes(benchmark: Any, rows: torch.Tensor, kind: Kind) -> None:
    found = train(rows[:1], replace(RECIPE, kind=kind, steps=0), _rngs([0]))
    benchmark(found.codes, rows[:1], K)


@pytest.mark.benchmark(group="20,000 rows coded")
def test_pursuit(benchmark: Any, rows: torch.Tensor) -> None:
    atoms = torch.nn.functional.normalize(rows[0, :WIDTH], dim=1)
    benchmark(matching_pursuit, rows[0], atoms, K)


@pytest.mark.benchmark(group="a rival's fit to 20,000 rows")
@pytest.mark.parametrize("name", FITS)
def test_fit(benchmark: Any, rows: torch.Tensor, name: str) -> None:
    benchmark.pedantic(lambda: FITS[name](rows[0], WIDTH, generator("benchmark")), rounds=2)
