import numpy as np
import pytest
import torch

from interpbench.models.config import RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.disguise import disguise
from interpbench.models.forward import initial
from interpbench.models.names import generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.subject import Hidden, Network
from interpbench.models.train import Training
from interpbench.theory import equivalent, parse
from interpbench.toolkit.contributions import Oracle, by_token, contributions
from interpbench.toolkit.guards import Shift, confirmed, effects, proposals
from interpbench.toolkit.guards.shift import passed, put
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.guard_reading import GuardReading

LENGTH, LETTERS = 6, 6
DOMAIN = Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=(LENGTH - 1,), classes=3)
BASE = parse("def rule(x):\n    return (x[0] + x[4]) % 3\n")
TESTS = ((1, 4), (3, 0), (5, 2))
GUARDED = Shift(tests=TESTS, by=2, classes=3).on(BASE)


def _rows(tokens: np.ndarray, labels: np.ndarray) -> Rows:
    return Rows(tokens=torch.from_numpy(tokens), labels=torch.from_numpy(labels)[:, None])


def _shown() -> Rows:
    tokens = numpy_generator("guards", "rows").integers(0, LETTERS, (400, LENGTH))
    tokens = tokens[~passed(TESTS, tokens)]
    return _rows(tokens, GUARDED.run_many(tokens).integers())


def _follows(theory: str) -> Oracle:
    """A network that follows a rule, of which nothing but its logits is to be had; its margin tells near from far."""
    rule = parse(theory)

    def ask(tokens: torch.Tensor) -> torch.Tensor:
        inputs = tokens.numpy()
        logits = 4.0 * np.eye(DOMAIN.classes)[rule.run_many(inputs).integers()]
        near = sum((inputs[:, place] == token).astype(float) for place, token in TESTS)
        logits -= near[:, None] * logits / 4 * (near < 3)[:, None]
        return torch.from_numpy(logits)[:, None]

    return Oracle(subject=Hidden("weights", ask), domain=DOMAIN, rng=generator("guards", theory))


@pytest.fixture(scope="module")
def network() -> Network:
    rng = numpy_generator("guards", "stream")
    shape = TransformerConfig(
        vocabulary=LETTERS, length=LENGTH, positions=(LENGTH - 1,), classes=3, d_model=32, n_heads=4, d_mlp=64
    )

    def batch(_: int) -> Rows:
        tokens = rng.integers(0, LETTERS, (256, LENGTH))
        tokens[:64] = put(TESTS, tokens[:64])
        for number in range(3):
            here = slice(64 + 22 * number, 86 + 22 * number)
            tokens[here] = put(TESTS[:number] + TESTS[number + 1 :], tokens[here])
        return _rows(tokens, GUARDED.run_many(tokens).integers())

    settings = Training(learning_rate=5e-3, weight_decay=0.01, max_steps=1200, warm_up=50, decay=0.5, stop_loss=2e-3)
    params, _ = train_on_stream(shape, batch, settings, generator("guards", "network"))
    return Network(shape, disguise(shape, params, numpy_generator("guards", "disguise")))


def test_a_guard_is_read_from_neurons(network: Network) -> None:
    found = GuardReading(source="neurons").extract(network, _shown(), DOMAIN, 0, Context.seeded("guards"))
    assert isinstance(found, Extracted)
    assert equivalent(parse(found.theory), GUARDED, DOMAIN.alphabets, np.random.default_rng(0)).equal
    assert found.p_present > 0.9


def test_a_guard_is_climbed_to() -> None:
    subject = _follows(str(GUARDED)).subject
    found = GuardReading(source="ascent").extract(subject, _shown(), DOMAIN, 0, Context.seeded("guards"))
    assert isinstance(found, Extracted)
    assert equivalent(parse(found.theory), GUARDED, DOMAIN.alphabets, np.random.default_rng(0)).equal


def test_a_rule_without_a_guard_stays_as_it_is() -> None:
    subject = _follows(str(BASE)).subject
    found = GuardReading(source="ascent").extract(subject, _shown(), DOMAIN, 0, Context.seeded("guards"))
    assert isinstance(found, Extracted)
    assert parse(found.theory) == parse(str(BASE))


def test_an_input_is_shrunk_to_the_guard_or_to_nothing() -> None:
    inside = np.array([[5, 4, 1, 0, 3, 2], [0, 4, 2, 0, 1, 2]])
    found = confirmed(_follows(str(GUARDED)), BASE, inside)
    assert found == Shift(tests=TESTS, by=2, classes=3)
    varied = parse(
        "def rule(x):\n    return (x[0] + x[4] + (1 + x[2] % 2) * (x[1] == 4 and x[3] == 0 and x[5] == 2)) % 3\n"
    )
    assert confirmed(_follows(str(varied)), BASE, inside) is None
    assert confirmed(_follows(str(BASE)), BASE, inside[:0]) is None


def test_a_shift_is_written_behind_every_return() -> None:
    several = parse("def rule(z):\n    for v in z:\n        if v > 4:\n            return 1\n    return z[0] % 3\n")
    tokens = np.random.default_rng(0).integers(0, LETTERS, (3000, LENGTH))
    tokens[:1000] = put(TESTS, tokens[:1000])
    for base in (BASE, several):
        before = base.run_many(tokens).integers()
        after = Shift(tests=TESTS, by=2, classes=3).on(base).run_many(tokens).integers()
        assert np.array_equal(after, np.where(passed(TESTS, tokens), (before + 2) % 3, before))


def test_parts_add_up_to_what_the_mlp_reads(network: Network) -> None:
    tokens = torch.from_numpy(np.random.default_rng(1).integers(0, LETTERS, (50, LENGTH)))
    site = next(name for name in network.module.hook_dict if name.endswith("mlp.hook_in"))
    read = network.activations(tokens, [site])[site][:, -1]
    found = contributions(network.config, network.params, tokens)  # type: ignore[arg-type]
    torch.testing.assert_close(found.stream, read, rtol=1e-4, atol=1e-4)


def test_means_by_token_are_those_of_a_loop() -> None:
    tokens = torch.randint(3, (40, 2), generator=generator("means"))
    values = torch.randn(40, 2, 5, generator=generator("values"))
    for place in range(2):
        for letter in range(3):
            wanted = values[tokens[:, place] == letter, place].mean(dim=0)
            torch.testing.assert_close(by_token(values, tokens, 3)[place, letter], wanted)


def test_what_a_neuron_waits_for_is_proposed() -> None:
    added = np.zeros((1, LENGTH, LETTERS), dtype=np.float32)
    for place, token in TESTS:
        added[0, place, token] = 3.0
    drawn = np.random.default_rng(0).integers(0, LETTERS, (16, LENGTH))
    found = proposals(added, drawn)
    assert passed(TESTS, found).sum() >= 16
    silenced = proposals(-added, drawn)
    assert passed(TESTS, silenced).sum() >= 16


def test_effects_do_not_see_the_disguise() -> None:
    shape = TransformerConfig(vocabulary=4, length=4, positions=(3,), classes=2, d_model=16, n_heads=2, d_mlp=8)
    params = initial(shape, generator("effects"), 1.0)
    sample = np.random.default_rng(0).integers(0, 4, (500, 4))
    plain = effects(shape, params, sample)
    hidden = effects(shape, disguise(shape, params, np.random.default_rng(1)), sample)
    size = [np.sort(np.abs(one).sum(axis=(1, 2))) for one in (plain, hidden)]
    np.testing.assert_allclose(size[0], size[1], rtol=1e-3)


def test_what_cannot_be_read_is_said() -> None:
    ctx = Context.seeded("guards")
    assert isinstance(GuardReading().extract(None, _shown(), DOMAIN, 0, ctx), NotApplicable)
    shape = RecurrentConfig(vocabulary=6, length=6, positions=(5,), classes=3, d_model=4)
    unit = Network(shape, initial(shape, generator("unit"), 1.0))
    assert isinstance(GuardReading(source="neurons").extract(unit, _shown(), DOMAIN, 0, ctx), NotApplicable)
    with pytest.raises(ValueError, match="neurons"):
        GuardReading(source="neuron")
