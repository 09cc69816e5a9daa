import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from pydantic import ValidationError

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params, initial, logits
from interpbench.models.train import Training, loss_of, train

P = 5
CONFIG = MLPConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=32, activation="square")
TOKENS = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P).everything()
ROWS = Rows(tokens=TOKENS, labels=TOKENS.sum(dim=1, keepdim=True) % P)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def same(first: Params, second: Params) -> bool:
    return set(first) == set(second) and all(torch.equal(first[name], second[name]) for name in first)


def test_equal_generators_give_equal_weights_and_others_do_not() -> None:
    training = Training(max_steps=30)
    first, torn = train(CONFIG, ROWS, training, rng())
    torch.manual_seed(7)  # the global generator has no say
    again, _ = train(CONFIG, ROWS, training, rng())
    other, _ = train(CONFIG, ROWS, training, rng(1))
    assert same(first, again)
    assert not same(first, other)
    assert torn.steps == 30
    assert not any(value.requires_grad for value in first.values())


def test_it_learns_the_rows_and_says_the_loss_it_ended_with() -> None:
    params, trained = train(CONFIG, ROWS, Training(max_steps=300, weight_decay=0), rng())
    assert bool((logits(CONFIG, params, TOKENS).argmax(-1) == ROWS.labels).all())
    assert float(loss_of(CONFIG, params, ROWS)) <= trained.loss < 0.05


def test_control_it_does_not_learn_in_no_steps_worth_of_learning_rate() -> None:
    params, _ = train(CONFIG, ROWS, Training(learning_rate=1e-9, max_steps=300, weight_decay=0), rng())
    assert not bool((logits(CONFIG, params, TOKENS).argmax(-1) == ROWS.labels).all())


def test_it_stops_at_the_stated_loss_and_not_before() -> None:
    _, stopped = train(CONFIG, ROWS, Training(max_steps=400, stop_loss=0.5), rng())
    assert stopped.loss <= 0.5
    assert stopped.steps < 400
    assert stopped.steps % 10 == 0
    _, earlier = train(CONFIG, ROWS, Training(max_steps=stopped.steps - 10), rng())
    assert earlier.loss > 0.5


def test_without_a_stop_it_runs_all_steps_and_reports_every_hundred() -> None:
    seen: list[tuple[int, float]] = []
    _, trained = train(
        CONFIG, ROWS, Training(max_steps=205), rng(), progress=lambda step, loss: seen.append((step, loss))
    )
    assert trained.steps == 205
    assert [step for step, _ in seen] == [100, 200]
    assert seen[1][1] < seen[0][1]


def test_a_start_is_gone_on_from_and_not_modified() -> None:
    start = initial(CONFIG, rng(3))
    before = {name: value.clone() for name, value in start.items()}
    params, _ = train(CONFIG, ROWS, Training(max_steps=20), rng(), start=start)
    assert same(start, before)
    assert not any(value.requires_grad for value in start.values())
    assert not same(params, start)
    still, _ = train(CONFIG, ROWS, Training(learning_rate=0.0, max_steps=20), rng(5), start=start)
    assert same(still, start)


def test_weight_decay_shrinks_and_init_scale_grows_the_weights() -> None:
    def norm(**changes: float) -> float:
        params, _ = train(CONFIG, ROWS, Training.model_validate({"max_steps": 100} | changes), rng())
        return float(torch.stack([value.norm() for value in params.values()]).norm())

    assert norm(weight_decay=3.0) < 0.9 * norm(weight_decay=0.0)
    assert norm(init_scale=3.0, weight_decay=0.0) > 1.5 * norm(weight_decay=0.0)


def test_the_loss_is_the_mean_over_rows_and_answers() -> None:
    config = CONFIG.model_copy(update={"positions": (0, 1)})
    params = initial(config, rng())
    rows = Rows(tokens=TOKENS, labels=torch.cat([ROWS.labels, TOKENS[:, :1]], dim=1))
    out = logits(config, params, TOKENS)
    want = sum(F.cross_entropy(out[:, place], rows.labels[:, place]) for place in (0, 1)) / 2
    assert float(loss_of(config, params, rows)) == pytest.approx(float(want), rel=1e-6)


def test_the_rate_warms_up_and_decays() -> None:
    plain = Training(learning_rate=1.0, max_steps=100, warm_up=10)
    assert [plain.rate(step) for step in (1, 5, 10, 100)] == [0.1, 0.5, 1.0, 1.0]
    decayed = Training(learning_rate=1.0, max_steps=100, warm_up=10, decay=0.5)
    assert decayed.rate(50) == 1.0
    rates = [decayed.rate(step) for step in range(50, 101)]
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.05


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(ValidationError, match=r"momentum\n  Extra inputs are not permitted"):
        Training.model_validate({"momentum": 0.9})
