import pytest
import torch
from torch import Tensor

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.tracks.context import Context
from interpbench_methods.sparse_dictionary import SparseDictionary, private_share

KINDS = [pytest.param({"k": 1, "l1": 0.0}, id="topk"), pytest.param({"k": 0, "l1": 0.8}, id="l1")]
ROWS, WIDTH = 160, 24


def _score(states: Tensor, kind: dict[str, float]) -> float:
    """Of the perceptron whose hidden activations on row i are 20 + states[i]."""
    shape = {"vocabulary": ROWS, "length": 1, "positions": (0,), "classes": 2, "d_mlp": WIDTH}
    config = MLPConfig(**shape, activation="relu")  # type: ignore[arg-type]
    params = {"embed.weight": states[None], "embed.bias": torch.full((WIDTH,), 20.0)}
    subject = Network(config, params | {"head.weight": torch.zeros(2, WIDTH), "head.bias": torch.zeros(2)})
    rows = Rows(tokens=torch.arange(ROWS)[:, None], labels=torch.zeros(ROWS, 1, dtype=torch.int64))
    domain = Domain(alphabets=(tuple(range(ROWS)),), positions=(0,), classes=2)
    return SparseDictionary(**kind).model_score(subject, rows, domain, Context.seeded("sae"))  # type: ignore[arg-type]


def _random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator("states", *shape))


def test_share_of_the_live_latents_that_fire_on_one_row() -> None:
    fires = torch.zeros(5, 6, dtype=torch.bool)
    fires[:, 0] = True  # on all rows
    fires[1:3, 1] = True  # on two
    fires[4, 2] = fires[0, 3] = True  # on one; the last two are dead
    assert private_share(fires) == (2 / 4, 4)
    assert private_share(fires[:, 4:]) == (0.0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_share_features_score_above_rows_with_features_of_their_own(kind: dict[str, float]) -> None:
    """Clusters with a little noise; sums of two shared features; a random state for every row or for every eleventh."""
    places = torch.arange(ROWS)
    own, noise = _random(ROWS, WIDTH), 0.03 * _random(WIDTH, ROWS).T
    clusters = _random(10, WIDTH)[places % 10] + noise
    combined = _random(8, WIDTH)[places % 8] + _random(12, WIDTH)[places // 8 % 12] + noise
    some = torch.where((places % 11 == 0)[:, None], own, clusters)
    assert _score(clusters, kind) > -0.1
    assert _score(combined, kind) > -0.25
    assert -1 <= _score(own, kind) < -0.4
    assert -1 <= _score(some, kind) < -0.25


def test_states_that_never_change_have_no_features() -> None:
    assert _score(torch.ones(ROWS, WIDTH), {"k": 1, "l1": 0.0}) == 0
