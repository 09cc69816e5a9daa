"""Inputs that neurons wait for: the tokens that drive a neuron furthest from where it usually is.

A neuron's pre-activation is nearly a sum over positions, since attention makes it one. A conjunction of tests leaves a
neuron that is on only where each tested position holds its one token, so that the best token stands out at tested
positions and at no others.
"""

import numpy as np
import torch
from jaxtyping import Float, Int

from interpbench.models.config import TransformerConfig
from interpbench.models.forward import Params
from interpbench.toolkit.contributions.direct import by_token, contributions

TESTS = (2, 3, 4, 5)
EACH = 16
"""Inputs proposed for a neuron, a direction and a number of tests."""

Inputs = Int[np.ndarray, "input length"]


def effects(config: TransformerConfig, params: Params, sample: Inputs) -> Float[np.ndarray, "neuron position letter"]:
    """What each token at each position adds to each neuron's pre-activation, about its mean at the position."""
    tokens = torch.from_numpy(sample)
    parts = contributions(config, params, tokens).parts @ params["layers.0.mlp.fc_in.weight"].T
    means = by_token(parts, tokens, config.vocabulary)  # (position, letter, neuron)
    return (means - means.mean(dim=1, keepdim=True)).permute(2, 0, 1).numpy()


def proposals(added: Float[np.ndarray, "neuron position letter"], drawn: Inputs) -> Inputs:
    """Random inputs in which the tokens that stand out most for a neuron are put in their places.

    Args:
        added: what tokens add to pre-activations; each neuron is taken up and, since a branch may silence it, down.
        drawn: `EACH` inputs that are filled in anew for each neuron, direction and number of tests.
    """
    both = np.concatenate([added, -added])
    ranked = np.sort(both, axis=2)
    # over the next best token, and over the mean: what a test drives may be what the rule without a guard reads, too
    stands_out = np.concatenate([ranked[:, :, -1] - ranked[:, :, -2], ranked[:, :, -1]])  # (neuron, position)
    both = np.concatenate([both, both])
    order, best = np.argsort(-stands_out, axis=1), both.argmax(axis=2)
    out = np.broadcast_to(drawn, (len(TESTS), len(both), *drawn.shape)).copy()
    for number, tests in enumerate(TESTS):
        for place in order[:, :tests].T:  # (neuron,)
            rows = np.arange(len(both))
            out[number, rows[:, None], np.arange(len(drawn))[None], place[:, None]] = best[rows, place][:, None]
    return out.reshape(-1, drawn.shape[1])
