import pytest
import torch

from interpbench.models.config import MLPConfig
from interpbench.models.data import Rows
from interpbench.models.train import Training, train
from interpbench.tracks.context import Context

CONFIG = MLPConfig(vocabulary=3, length=1, positions=(0,), classes=3, d_mlp=4)
ROWS = Rows(tokens=torch.arange(3)[:, None], labels=torch.arange(3)[:, None])


def test_equal_names_give_equal_chance() -> None:
    first, again, other = (Context.seeded("method", index) for index in (0, 0, 1))
    drawn = [torch.rand(4, generator=ctx.rng).tolist() for ctx in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_training_is_counted_and_drawn_from_the_context() -> None:
    ctx = Context.seeded("method")
    first, _ = ctx.train(CONFIG, ROWS, Training(max_steps=3))
    second, _ = ctx.train(CONFIG, ROWS, Training(max_steps=3))
    assert ctx.models_trained == 2
    assert not torch.equal(first["head.weight"], second["head.weight"])
    alone, _ = train(CONFIG, ROWS, Training(max_steps=3), Context.seeded("method").rng)
    assert torch.equal(first["head.weight"], alone["head.weight"])


def test_contexts_share_nothing() -> None:
    first, second = Context.seeded("a"), Context.seeded("a")
    first.study["x"] = torch.ones(1)
    first.models_trained += 1
    assert second.study == {}
    assert second.models_trained == 0


def test_the_log_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Context.seeded("a").log("so far so good")
    assert capsys.readouterr() == ("", "so far so good\n")
