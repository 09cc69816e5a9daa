import numpy as np
import pytest
import torch
from torch import Tensor

from interpbench.models.config import RecurrentConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.models.train import Training, train
from interpbench.theory import parse
from interpbench.toolkit.reading import Climb, drawn
from interpbench.toolkit.reading.sample import Labelled
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.dictionary_guided_synthesis import DictionaryGuidedSynthesis
from interpbench_methods.dictionary_guided_synthesis.branches import branched, joined
from interpbench_methods.dictionary_guided_synthesis.features import Condition, described, firing

LENGTH, LETTERS = 6, 4
DOMAIN = Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=(LENGTH - 1,), classes=4)
NONE = Rows(tokens=torch.zeros(0, LENGTH, dtype=torch.int64), labels=torch.zeros(0, 1, dtype=torch.int64))
TOKENS = DOMAIN.full(1500, generator("dictionary"))
RULE = parse("def rule(x): return max(x) if x[1] < x[4] else (x[0] + x[2]) % 3")


class Answers:
    """A labeller that computes `RULE`."""

    def predict(self, tokens: Tensor) -> Tensor:
        return torch.from_numpy(RULE.run_many(tokens.numpy()).integers())[:, None]


def test_a_feature_is_described_by_the_statement_that_it_fires_on() -> None:
    noise = torch.rand(1500, 2, generator=generator("n"))
    fires = torch.stack([TOKENS[:, 1] < TOKENS[:, 4], TOKENS[:, 0] == 3, noise[:, 0] > 0.5], dim=1)
    flipped = torch.rand(1500, 3, generator=generator("f")) < 0.05
    codes = (fires ^ flipped).float() * (1 + noise[:, 1:])
    found = described(codes, TOKENS, DOMAIN, 10)
    assert {one.text for one in found[:2]} == {"(x[1] < x[4])", "(x[0] == 3)"}
    assert all(0.6 <= one.match < 1 for one in found)


def test_features_of_noise_have_no_description_and_no_effect_but_chance() -> None:
    codes = torch.rand(1500, 8, generator=generator("n")).relu()
    assert described(codes - 0.5, TOKENS, DOMAIN, 10) == []
    token = (TOKENS[:, 2:3] == 1).float()
    effects = firing(torch.cat([codes, token], dim=1), TOKENS, DOMAIN).effects
    assert effects.argmax() == 2
    assert np.delete(effects, 2).max() < 0.05 * effects[2]


def test_distances_are_those_of_the_mean_codes() -> None:
    codes = torch.randn(1500, 3, generator=generator("m")) + TOKENS[:, 3:4].float()
    apart = firing(codes, TOKENS, DOMAIN).apart[3]
    means = np.stack([codes[TOKENS[:, 3] == v].double().mean(dim=0).numpy() for v in range(LETTERS)])
    for a, b in ((0, 1), (0, 3)):
        assert apart[a, b] == pytest.approx(((means[a] - means[b]) ** 2).sum(), rel=0.05)
    assert (apart.diagonal() == 0).all()


def test_two_theories_are_joined_each_on_its_side() -> None:
    then, other = (
        parse("def rule(x):\n    s = 0\n    for v in x:\n        s += v\n    return s"),
        parse("def f(y): return y[1]"),
    )
    both = joined("(x[0] == 2)", then, other)
    expected = torch.where(TOKENS[:, 0] == 2, TOKENS.sum(dim=1), TOKENS[:, 1])
    assert np.array_equal(both.run_many(TOKENS.numpy()).integers(), expected.numpy())


def test_the_right_condition_splits_a_rule_into_two_that_are_found() -> None:
    labeller: Network = Answers()  # type: ignore[assignment]
    held = drawn(labeller, DOMAIN, 1000, generator("h"))
    wrong, right = Condition(text="(x[3] == 1)", match=0.7), Condition(text="(x[1] < x[4])", match=0.9)
    for conditions, found in (([wrong], False), ([wrong, right], True)):
        climb = Climb(sample=Labelled(tokens=held.tokens, labels=held.labels), held=held)
        branched(conditions, labeller, DOMAIN, climb, None, generator("b"))
        assert climb.done is found


def test_the_rule_is_found_from_the_network_alone() -> None:
    domain = Domain(alphabets=DOMAIN.alphabets, positions=DOMAIN.positions, classes=2)
    tokens = domain.everything()
    labels = ((tokens[:, 1] > 1) | (tokens[:, 4] > 1)).long()
    some = torch.randperm(len(tokens), generator=generator("g"))[:1200]
    config = RecurrentConfig(vocabulary=LETTERS, length=LENGTH, positions=(LENGTH - 1,), classes=2, d_model=12)
    settings = Training(learning_rate=5e-3, weight_decay=0.01, max_steps=150, stop_loss=0.002)
    rows = Rows(tokens=tokens[some], labels=labels[some, None])
    network = Network(config, train(config, rows, settings, generator("g", "t"))[0])
    found = DictionaryGuidedSynthesis().extract(network, NONE, domain, 0, Context.seeded("dictionary"))
    assert isinstance(found, Extracted)
    assert np.array_equal(parse(found.theory).run_many(tokens.numpy()).integers(), labels.numpy())
    assert found.p_present > 0.9


def test_without_a_network_it_says_so() -> None:
    found = DictionaryGuidedSynthesis().extract(None, NONE, DOMAIN, 0, Context.seeded("dictionary"))
    assert isinstance(found, NotApplicable)
    assert "no network" in found.reason
