import numpy as np
import pytest
import torch

from interpbench.models.config import RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.disguise import disguise
from interpbench.models.forward import initial, logits
from interpbench.models.names import generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.subject import Network
from interpbench.models.train import Training
from interpbench.theory import Theory, equivalent, parse
from interpbench.toolkit.contributions import Oracle
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.logit_lens_synthesis import LogitLensSynthesis
from interpbench_methods.logit_lens_synthesis.pushes import Pushes, pushes
from interpbench_methods.logit_lens_synthesis.readings import lookup, sufficient, votes

LENGTH, LETTERS = 5, 4
ALPHABETS = (tuple(range(LETTERS)),) * LENGTH
NO_ROWS = Rows(tokens=torch.zeros((0, LENGTH), dtype=torch.int64), labels=torch.zeros((0, 1), dtype=torch.int64))
RULES = {
    "lookup": ("(x[1] * x[3] + x[1]) % 3", 3),
    "count": ("min(2, sum(v == 3 for v in x))", 3),
}


def domain(classes: int) -> Domain:
    return Domain(alphabets=ALPHABETS, positions=(LENGTH - 1,), classes=classes)


def learnt(name: str) -> tuple[Network, Theory, int]:
    expression, classes = RULES[name]
    rule = parse(f"def rule(x):\n    return {expression}\n")
    shape = TransformerConfig(
        vocabulary=LETTERS, length=LENGTH, positions=(LENGTH - 1,), classes=classes, d_model=32, n_heads=4, d_mlp=64
    )
    rng = numpy_generator("lens", name)

    def batch(_: int) -> Rows:
        tokens = rng.integers(0, LETTERS, (256, LENGTH))
        labels = rule.run_many(tokens).integers()
        return Rows(tokens=torch.from_numpy(tokens), labels=torch.from_numpy(labels)[:, None])

    settings = Training(learning_rate=5e-3, weight_decay=0.01, max_steps=800, warm_up=50, decay=0.5, stop_loss=2e-3)
    params, _ = train_on_stream(shape, batch, settings, generator("lens", name))
    return Network(shape, disguise(shape, params, numpy_generator("lens", "disguise"))), rule, classes


@pytest.mark.parametrize("name", RULES)
def test_what_tokens_push_is_the_rule(name: str) -> None:
    network, rule, classes = learnt(name)
    method = LogitLensSynthesis(fallback=False)
    found = method.extract(network, NO_ROWS, domain(classes), 0, Context.seeded(name))
    assert isinstance(found, Extracted)
    assert equivalent(parse(found.theory), rule, ALPHABETS, np.random.default_rng(0)).equal
    assert found.p_present > 0.9
    if name == "lookup":
        oracle = Oracle(subject=network, domain=domain(classes), rng=generator("lens"))
        assert sufficient(pushes(network.config, network.params, oracle.inputs(2000)), oracle) == (1, 3)  # type: ignore[arg-type]


def test_pushes_add_up_to_the_means_of_the_logits() -> None:
    shape = TransformerConfig(vocabulary=4, length=4, positions=(3,), classes=3, d_model=16, n_heads=2, d_mlp=8)
    params = initial(shape, generator("pushes"), 1.0)
    # all inputs: the others' parts have the same mean whatever one token is, but for attention, which is made even
    params = {name: value * 0 if ".attn.q" in name else value for name, value in params.items()}
    every = np.indices((4,) * 4).reshape(4, -1).T.copy()
    out = logits(shape, params, torch.from_numpy(every))[:, 0].numpy()
    found = pushes(shape, params, every)
    for place in range(4):
        means = np.stack([out[every[:, place] == letter].mean(axis=0) for letter in range(4)])
        np.testing.assert_allclose(found.total[place], means - means.mean(axis=0), atol=1e-4)


def test_votes_say_which_answer_is_pushed_most() -> None:
    rng = np.random.default_rng(0)
    total = rng.normal(size=(5, 4, 3))
    found = Pushes(direct=total, mlp=0 * total, stream=np.ones(5))
    inputs = rng.integers(0, 4, (2000, 5))
    text = votes(found, tuple(range(5)), scale=1000)
    assert text is not None
    wanted = total[np.arange(5), inputs].sum(axis=1).argmax(axis=1)
    assert (parse(text).run_many(inputs).integers() == wanted).mean() > 0.995


def test_votes_of_the_largest_table_that_is_tried_are_a_theory() -> None:
    """Eight tokens of ten letters and ten answers, pushes of either sign: a minus would be a node more each."""
    total = np.random.default_rng(0).normal(size=(8, 10, 10))
    text = votes(Pushes(direct=total, mlp=0 * total, stream=np.ones(8)), tuple(range(8)))
    assert text is not None
    inputs = np.random.default_rng(1).integers(0, 10, (2000, 8))
    wanted = total[np.arange(8), inputs].sum(axis=1).argmax(axis=1)
    assert (parse(text).run_many(inputs).integers() == wanted).mean() > 0.9
    flat = Pushes(direct=0 * total, mlp=0 * total, stream=np.ones(8))
    assert parse(votes(flat, (0, 1)) or "").run(tuple(range(8))) == 0


def test_a_lookup_of_too_many_settings_is_not_begun() -> None:
    """Ten tokens of ten letters have 1e10 settings: to list them before they are counted takes all memory."""
    shape = TransformerConfig(vocabulary=10, length=10, positions=(9,), classes=2, d_model=8, n_heads=2, d_mlp=8)
    network = Network(shape, initial(shape, generator("lookup"), 1.0))
    wide = Domain(alphabets=(tuple(range(10)),) * 10, positions=(9,), classes=2)
    assert lookup(Oracle(subject=network, domain=wide, rng=generator("lookup")), tuple(range(10))) is None


def test_what_cannot_be_read_is_said() -> None:
    ctx = Context.seeded("lens")
    assert isinstance(LogitLensSynthesis().extract(None, NO_ROWS, domain(2), 0, ctx), NotApplicable)
    shape = RecurrentConfig(vocabulary=4, length=5, positions=(4,), classes=2, d_model=4)
    unit = Network(shape, initial(shape, generator("unit"), 1.0))
    assert isinstance(LogitLensSynthesis().extract(unit, NO_ROWS, domain(2), 0, ctx), NotApplicable)
