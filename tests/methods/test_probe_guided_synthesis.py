import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.models.train import Training, train
from interpbench.theory import parse
from interpbench.toolkit.reading import Climb, Labelled
from interpbench.toolkit.reading.states import normed, one_hot
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.probe_guided_synthesis import ProbeGuidedSynthesis
from interpbench_methods.probe_guided_synthesis.probes import explained, letters_apart, token_probes
from interpbench_methods.probe_guided_synthesis.variables import grown_over, variables

LENGTH, LETTERS = 6, 4
DOMAIN = Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=(LENGTH - 1,), classes=2)
NONE = Rows(tokens=torch.zeros(0, LENGTH, dtype=torch.int64), labels=torch.zeros(0, 1, dtype=torch.int64))
TOKENS = DOMAIN.full(1600, generator("probe"))
NOISE = torch.randn(1600, 12, generator=generator("noise"))


def test_the_probe_is_scikit_learns_ridge() -> None:
    states = NOISE.double()
    targets = torch.stack([states[:, 0] + 0.3 * states[:, 5], TOKENS[:, 2].double()], dim=1)
    x, y = normed(states).numpy(), targets.numpy()
    penalty = 0.2 * 1200 * float(np.trace(x[:1200].T @ x[:1200] / 1200)) / 12
    guess = Ridge(alpha=penalty, fit_intercept=False).fit(x[:1200], y[:1200] - y[:1200].mean(axis=0)).predict(x[1200:])
    rest = y[1200:] - y[:1200].mean(axis=0)
    expected = 1 - ((guess - rest) ** 2).sum(axis=0) / (rest**2).sum(axis=0)
    assert explained(states, targets, 0.2).numpy() == pytest.approx(expected, abs=1e-6)


def test_tokens_that_the_state_holds_are_read_and_no_others() -> None:
    """States hold one direction for each letter at positions 1 and 4, where letters 0 and 1 share theirs."""
    code = torch.tensor([0, 0, 1, 2])
    directions = torch.randn(2, 3, 12, generator=generator("d"))
    states = directions[0, code[TOKENS[:, 1]]] + directions[1, code[TOKENS[:, 4]]] + 0.1 * NOISE
    read = token_probes(states, TOKENS, DOMAIN, 0.1, generator("p"))
    assert set(np.flatnonzero(read > 0.03).tolist()) == {1, 4}
    apart = letters_apart(states, TOKENS, DOMAIN)
    for place in (1, 4):
        assert apart[place, 0, 1] < 0.02 * apart[place].mean()
        assert apart[place, 2, 3] > 0.3 * apart[place].mean()


def test_states_of_noise_hold_no_token() -> None:
    assert (token_probes(NOISE, TOKENS, DOMAIN, 0.1, generator("p")) < 0.03).all()


def test_a_count_in_the_state_comes_before_counts_of_other_letters() -> None:
    count = (TOKENS == 2).sum(dim=1, keepdim=True).double()
    states = count * torch.randn(1, 12, generator=generator("c")) + 0.1 * NOISE
    found = variables([states], TOKENS, None, 0.1, 20, generator("v"))
    assert found[0] == "sum(v == 2 for v in x)"
    assert "sum(v == 1 for v in x)" not in found


def test_what_is_grown_over_the_right_variables_is_the_rule() -> None:
    tokens = TOKENS.numpy()
    labels = ((tokens.max(axis=1) - (tokens == 0).sum(axis=1)) * tokens[:, 3] > 1).astype(np.int64)
    sample = Labelled(tokens=tokens, labels=labels)
    climb = Climb(sample=sample[:400], held=sample[400:])
    grown_over(["max(x)", "sum(v == 0 for v in x)"], climb, None)
    assert climb.done


def test_one_hot_has_a_one_a_token() -> None:
    assert torch.equal(one_hot(TOKENS, LETTERS).argmax(dim=-1), TOKENS)


def test_the_rule_is_found_from_the_network_alone() -> None:
    tokens = DOMAIN.everything()
    some = tokens[torch.randperm(len(tokens), generator=generator("p"))[:1200]]
    config = TransformerConfig(
        vocabulary=LETTERS, length=LENGTH, positions=(LENGTH - 1,), classes=2, d_model=16, n_heads=2, d_mlp=32
    )
    settings = Training(learning_rate=5e-3, weight_decay=0.01, max_steps=150, stop_loss=0.002)
    labels = ((tokens[:, 1] > 1) | (tokens[:, 4] > 1)).long()
    shown = ((some[:, 1] > 1) | (some[:, 4] > 1)).long()[:, None]
    network = Network(config, train(config, Rows(tokens=some, labels=shown), settings, generator("p", "t"))[0])
    found = ProbeGuidedSynthesis().extract(network, NONE, DOMAIN, 0, Context.seeded("probe"))
    assert isinstance(found, Extracted)
    assert np.array_equal(parse(found.theory).run_many(tokens.numpy()).integers(), labels.numpy())
    assert found.p_present > 0.9


def test_without_a_network_it_says_so() -> None:
    found = ProbeGuidedSynthesis().extract(None, NONE, DOMAIN, 0, Context.seeded("probe"))
    assert isinstance(found, NotApplicable)
    assert "no network" in found.reason
