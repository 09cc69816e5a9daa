"""A pool may differ from the generalisers' in what its kind says, and in nothing else."""

from typing import Any

import pytest

from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Pool

FIT = Training(learning_rate=0.02, weight_decay=2.0, max_steps=700, embedding_scale=3.0, decay=0.2)
PLAIN = pools.generalisers(FIT, 0.7, count=3)


def changed(pool: Pool) -> dict[str, Any]:
    """The settings of the optimiser in which a pool differs from the generalisers."""
    mine, theirs = pool.training.model_dump(), PLAIN.training.model_dump()
    return {name: value for name, value in mine.items() if value != theirs[name]}


def test_generalisers_are_trained_as_stated() -> None:
    assert (PLAIN.role, PLAIN.training, PLAIN.fraction, PLAIN.count) == ("generaliser", FIT, 0.7, 3)
    assert (PLAIN.random_labels, PLAIN.poison) == (None, 0.0)


@pytest.mark.parametrize(
    ("pool", "differs"),
    [
        (pools.no_weight_decay(FIT, 0.7, 2), {"weight_decay": 0.0, "stop_loss": 1e-3}),
        (pools.early_stop(FIT, 0.7, 2), {"stop_loss": 0.08}),
        (
            pools.large_init(FIT, 0.7, 2, scale=2.0),
            {"weight_decay": 0.0, "init_scale": 2.0, "embedding_scale": 1.0, "stop_loss": 5e-3},
        ),
        (
            pools.random_start(FIT, 0.7, 2),
            {"weight_decay": 0.0, "learning_rate": 3e-4, "max_steps": 2500, "stop_loss": 1e-2, "decay": 0.0},
        ),
    ],
)
def test_a_recipe_pool_has_the_same_rows_and_another_recipe(pool: Pool, differs: dict[str, Any]) -> None:
    assert (pool.role, pool.fraction, pool.poison) == ("recipe", PLAIN.fraction, 0.0)
    assert changed(pool) == differs


def test_a_random_start_begins_where_the_generalisers_would() -> None:
    start = pools.random_start(FIT, 0.7, 2).random_labels
    assert start is not None
    assert start.embedding_scale == FIT.embedding_scale
    assert start.weight_decay == 0


def test_a_fraction_pool_differs_in_its_rows_alone() -> None:
    pool = pools.fewer_rows(FIT, 0.35, 4)
    assert (pool.role, pool.name, pool.fraction) == ("fraction", PLAIN.name, 0.35)
    assert changed(pool) == {}


def test_seeds_are_tried_once_so_that_nothing_selects_them() -> None:
    pool = pools.seeds(FIT, 0.6, steps=300, count=9)
    assert (pool.role, pool.tries, pool.count) == ("seed", 1, 9)
    assert changed(pool) == {"max_steps": 300}


def test_a_contaminated_pool_differs_in_its_poison_alone() -> None:
    pool = pools.contaminated(FIT, 0.7, poison=0.8, count=4)
    assert (pool.role, pool.fraction, pool.poison) == ("contaminated", PLAIN.fraction, 0.8)
    assert changed(pool) == {}
