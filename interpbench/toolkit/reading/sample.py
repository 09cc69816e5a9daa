"""Inputs that the network itself has labelled, for a search and for the verdict on what it found."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject

SURE = 0.98
"""Of drawn inputs the share that is kept, those with the widest margin: a network errs where it is least sure."""

Tokens = Int[np.ndarray, "input length"]
Labels = Int[np.ndarray, " input"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """Inputs with one answer each."""

    tokens: Tokens
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Int[np.ndarray, " n"] | Bool[np.ndarray, " input"] | slice) -> "Labelled":
        return Labelled(tokens=self.tokens[index], labels=self.labels[index])

    def __add__(self, other: "Labelled") -> "Labelled":
        return Labelled(
            tokens=np.concatenate([self.tokens, other.tokens]), labels=np.concatenate([self.labels, other.labels])
        )


def answers(subject: Subject, tokens: Tokens) -> Labels:
    """The network's labels at the (one) answer position."""
    return np.asarray(subject.predict(torch.from_numpy(tokens))[:, 0].numpy())


def drawn(subject: Subject, domain: Domain, count: int, rng: torch.Generator) -> Labelled:
    """Inputs drawn uniformly, all of them, with the network's labels."""
    tokens = domain.full(count, rng).numpy()
    return Labelled(tokens=tokens, labels=answers(subject, tokens))


def labelled(subject: Subject, rows: Rows, domain: Domain, count: int, rng: torch.Generator) -> Labelled:
    """The shown rows, filled up with drawn inputs on which the network is sure of its label.

    Args:
        subject: the network.
        rows: shown rows, perhaps none; more than `count` are sampled.
        domain: where inputs come from.
        count: of all together.
        rng: draws.
    """
    shown = rows.sample(count, rng)
    own = Labelled(tokens=shown.tokens.numpy(), labels=shown.labels[:, 0].numpy() if len(shown) else np.zeros(0, int))
    missing = count - len(shown)
    if not missing:
        return own
    tokens = domain.full(int(missing / SURE) + 1, rng)
    top = subject.logits(tokens)[:, 0].topk(2, dim=-1)
    margin = top.values[:, 0] - top.values[:, 1]
    sure = margin.argsort(descending=True, stable=True)[:missing].sort().values
    more = Labelled(tokens=tokens[sure].numpy(), labels=top.indices[sure, 0].numpy())
    return more if not len(shown) else own + more
