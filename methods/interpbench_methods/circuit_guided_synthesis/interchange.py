"""Exact interchange interventions, all of a kind in one batch."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.subject import Subject


@dataclass(frozen=True, kw_only=True, eq=False)
class Interchanges:
    """What exchanges at the input of the network do.

    Attributes:
        apart: mean squared distance of the centred logits under two letters at a position, all else equal.
        effects: the same, mean over pairs of letters.
        together: share of the heads' joint change under two positions' exchange that single exchanges do not add up
            to; of the state, where there are no heads.
    """

    apart: Float[np.ndarray, "position letter letter"]
    effects: Float[np.ndarray, " position"]
    together: float


def interchanges(subject: Subject, domain: Domain, count: int, rng: torch.Generator) -> Interchanges:
    """Every letter at every position, in `count` inputs; pairs of positions, in as many."""
    letters = domain.vocabulary
    base = domain.full(count, rng)
    apart = torch.zeros(domain.length, letters, letters, dtype=torch.float64)
    for place in range(domain.length):
        varied = base.repeat(letters, 1)
        varied[:, place] = torch.arange(letters).repeat_interleave(count)
        out = _centred(subject.logits(varied)).view(letters, count, -1)
        distance = (out[:, None] - out[None]).square().sum(dim=-1).mean(dim=-1)
        known = torch.isin(torch.arange(letters), torch.tensor(domain.alphabets[place]))
        apart[place] = distance * known[:, None] * known[None]
    return Interchanges(
        apart=apart.numpy(),
        effects=apart.mean(dim=(1, 2)).numpy(),
        together=_together(subject, domain, count, rng),
    )


def swaps(
    subject: Subject, domain: Domain, matters: Bool[np.ndarray, " position"], count: int, rng: torch.Generator
) -> float:
    """Share of the answers that stay when tokens at two positions that matter trade places."""
    places = np.flatnonzero(matters).tolist()
    base = domain.full(count, rng)
    before, kept = subject.predict(base)[:, 0], []
    for a in places:
        for b in places:
            if a < b and domain.alphabets[a] == domain.alphabets[b]:
                traded = base.clone()
                traded[:, a], traded[:, b] = base[:, b], base[:, a]
                differ = base[:, a] != base[:, b]
                kept.append((subject.predict(traded)[:, 0] == before)[differ].float().mean())
    return float(torch.stack(kept).min()) if kept else 0.0


def _together(subject: Subject, domain: Domain, count: int, rng: torch.Generator) -> float:
    """The heads' outputs at the answer, with position i from one input, j from another, both, or neither."""
    if domain.length < 3:  # there is no pair of positions before the answer's own: nothing is known
        return 1.0
    base, other = domain.full(count, rng), domain.full(count, rng)
    pairs = torch.stack([torch.randperm(domain.length - 1, generator=rng)[:2] for _ in range(count)])
    row = torch.arange(count)

    def exchanged(columns: tuple[int, ...]) -> Int[Tensor, "input length"]:
        mixed = base.clone()
        for column in columns:
            mixed[row, pairs[:, column]] = other[row, pairs[:, column]]
        return mixed

    none, first, second, both = (_heads(subject, exchanged(columns)) for columns in ((), (0,), (1,), (0, 1)))
    joint, left = (both - none).square().sum(), (both - first - second + none).square().sum()
    return float(left / joint.clamp_min(1e-12))


def _heads(subject: Subject, tokens: Int[Tensor, "input length"]) -> Float[Tensor, "input feature"]:
    config = subject.config
    site = f"blocks.{config.n_layers - 1}.attn.hook_z" if isinstance(config, TransformerConfig) else subject.sites[-1]
    state = subject.activations(tokens, [site])[site][:, config.positions[0]]
    return state.flatten(1).double()


def _centred(logits: Float[Tensor, "input answer k"]) -> Float[Tensor, "input k"]:
    answer = logits[:, 0].double()
    return answer - answer.mean(dim=-1, keepdim=True)
