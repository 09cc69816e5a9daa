"""A watched training ends with the weights of an unwatched one, and what is seen is what the network was then."""

import pytest
import torch
from pydantic import ValidationError

from interpbench.models.config import MLPConfig
from interpbench.models.curve import LOOKS, Curve, watched
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.train import Training, loss_of, train

P = 5
CONFIG = MLPConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=32, activation="square")
OTHER = MLPConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=16, activation="square")
TOKENS = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P).everything()
ROWS = Rows(tokens=TOKENS, labels=TOKENS.sum(dim=1, keepdim=True) % P)


def trained(steps: int, config: MLPConfig = CONFIG, start: Params | None = None) -> Params:
    return train(config, ROWS, Training(max_steps=steps), torch.Generator().manual_seed(0), start=start)[0]


def loss(params: Params) -> dict[str, float]:
    torch.rand(3)  # whoever looks may draw from the global generator: trainings have their own
    return {"loss": float(loss_of(CONFIG, params, ROWS))}


def test_looking_changes_no_weight_and_sees_the_network_of_each_step() -> None:
    with watched(CONFIG, loss) as watch:
        params = trained(25)
    assert all(torch.equal(params[name], value) for name, value in trained(25).items())
    assert watch.taken == 25
    assert sorted(watch.seen) == sorted(step for step in LOOKS if step <= 25)
    # Stopped there: the rate of a step does not depend on how many are to come.
    assert watch.seen[7] == loss(trained(7))
    assert watch.seen[20] == loss(trained(20))


def test_phases_count_on_and_other_networks_do_not_count() -> None:
    with watched(CONFIG, loss) as watch:
        first = trained(10)
        trained(10, OTHER)
        trained(5, start=first)
    assert watch.taken == 15
    assert watch.seen[15] != watch.seen[10]


def test_afterwards_nothing_is_watched() -> None:
    with watched(CONFIG, loss) as watch:
        pass
    trained(3)
    assert watch.taken == 0


def test_a_curve_is_in_order_and_whole() -> None:
    with watched(CONFIG, loss) as watch:
        trained(5)
    curve = watch.curve("hash")
    assert curve.steps == (1, 2, 3, 5)
    assert curve.measured["loss"] == tuple(watch.seen[step]["loss"] for step in curve.steps)
    with pytest.raises(ValidationError, match="do not rise"):
        Curve(sha256="", steps=(2, 1), measured={})
    with pytest.raises(ValidationError, match="another number"):
        Curve(sha256="", steps=(1, 2), measured={"loss": (0.1,)})
