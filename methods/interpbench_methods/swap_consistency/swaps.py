"""Exchanges of two positions: which there are, what rows say about them, and what a network does under them."""

from itertools import combinations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject

Swap = tuple[int, int]
"""Two positions whose tokens are exchanged."""


def exchangeable(domain: Domain) -> list[Swap]:
    """Pairs of positions with the same letters, at least two of them: a swap stays in the domain."""
    letters = [frozenset(alphabet) for alphabet in domain.alphabets]
    return [
        (p, q) for p, q in combinations(range(domain.length), 2) if letters[p] == letters[q] and len(letters[p]) > 1
    ]


def swapped(tokens: Int[Tensor, "row length"], swap: Swap) -> Int[Tensor, "row length"]:
    """The inputs with the tokens at two positions exchanged."""
    out = tokens.clone()
    out[:, list(swap)] = tokens[:, list(swap[::-1])]
    return out


def shown_consistency(
    rows: Rows, domain: Domain, swaps: list[Swap], rng: torch.Generator
) -> tuple[Float[Tensor, "swap answer"], Float[Tensor, " swap"]]:
    """How often the labels of rows that are each other's swap are equal, and how many such rows there are.

    Rows that a swap leaves as they are do not count. Rows are looked up by the sum of a random 64-bit number for each
    token at each position (Zobrist 1970), so that a swap costs four additions a row.

    Returns:
        For each swap the share of equal labels by answer (0 where there are no rows), and the number of rows.
    """
    numbers = torch.randint(-(2**62), 2**62, (domain.length, domain.vocabulary), generator=rng)
    codes = numbers[torch.arange(domain.length), rows.tokens].sum(dim=1)  # (row,), modulo 2^64
    known, order = codes.sort()
    rates = torch.zeros(len(swaps), rows.labels.shape[1], dtype=torch.float64)
    evidence = torch.zeros(len(swaps), dtype=torch.float64)
    for place, (p, q) in enumerate(swaps):
        at_p, at_q = rows.tokens[:, p], rows.tokens[:, q]
        wanted = codes + numbers[p, at_q] + numbers[q, at_p] - numbers[p, at_p] - numbers[q, at_q]
        found = torch.searchsorted(known, wanted).clamp_max(len(known) - 1)
        here = ((known[found] == wanted) & (at_p != at_q)).nonzero()[:, 0]
        if len(here):
            partner = order[found[here]]
            rates[place] = (rows.labels[here] == rows.labels[partner]).double().mean(dim=0)
            evidence[place] = len(here)
    return rates, evidence


def consistency(
    subject: Subject, inputs: Int[Tensor, "input length"], swaps: list[Swap]
) -> tuple[Float[Tensor, "swap answer"], Float[Tensor, " swap"]]:
    """How often the network answers an input and its swap alike, and how many inputs a swap changes.

    Inputs that a swap leaves as they are do not count. All queries are asked at once.
    """
    changed = torch.stack([inputs[:, p] != inputs[:, q] for p, q in swaps])  # (swap, input)
    after = [swapped(inputs[moved], swap) for moved, swap in zip(changed, swaps, strict=True)]
    counts = changed.sum(dim=1)
    answers = subject.predict(torch.cat([inputs, *after]))  # (input and swapped inputs, answer)
    before, *moved_answers = torch.split(answers, [len(inputs), *counts.tolist()])
    rates = [
        (before[moved] == moved_answer).double().sum(dim=0) / moved.sum().clamp_min(1)
        for moved, moved_answer in zip(changed, moved_answers, strict=True)
    ]
    return torch.stack(rates), counts.double()
