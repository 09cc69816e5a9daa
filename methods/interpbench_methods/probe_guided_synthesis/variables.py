"""Intermediate variables that probes read, and expressions grown over them alone."""

import re
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.theory import size
from interpbench.toolkit.reading import Climb
from interpbench.toolkit.reading.climb import SEEN
from interpbench.toolkit.synthesis import Budget
from interpbench.toolkit.synthesis.clock import Clock
from interpbench.toolkit.synthesis.determined import functions
from interpbench.toolkit.synthesis.examples import Examples, examples_of
from interpbench.toolkit.synthesis.growth import Growth
from interpbench.toolkit.synthesis.leaves import Leaf, constants, statistics, tokens_of
from interpbench.toolkit.synthesis.recode import Recoding
from interpbench.toolkit.synthesis.term import Term, theory_of

from .probes import explained

STATES = 1_000_000
"""Expressions over the variables kept."""
_RENAMINGS = 2
_TRIED = 8
_NAMED = re.compile(r"\bq(\d+)\b")


def variables(
    states: Sequence[Float[Tensor, "input feature"]],
    tokens: Int[Tensor, "input length"],
    positions: tuple[int, ...] | None,
    penalty: float,
    kept: int,
    rng: torch.Generator,
) -> list[str]:
    """Expressions, over the tokens that matter, that are read best beyond the same expressions of renamed letters.

    An expression that renaming does not change (how many tokens are equal) has no control; it keeps what it has.
    """
    seen = Recoding(positions=positions).applied(tokens.numpy())
    leaves = _leaves(seen)
    if not leaves:
        return []
    values = np.stack([vector for _, vector in leaves])  # (leaf, input)
    read = _read(states, values, penalty)
    control = np.zeros(len(leaves))
    for _ in range(_RENAMINGS):
        names = torch.randperm(int(seen.max()) + 1, generator=rng).numpy()
        renamed = np.stack([vector for _, vector in _leaves(names[seen])])
        same = (renamed == values).all(axis=1) if renamed.shape == values.shape else np.zeros(len(values), bool)
        if renamed.shape == values.shape:
            control += np.where(same, 0, _read(states, renamed, penalty)) / _RENAMINGS
    order = np.argsort(-(read - control), kind="stable")
    return [leaves[number][0].text for number in order[:kept].tolist()]


def _read(
    states: Sequence[Float[Tensor, "input feature"]], values: Int[np.ndarray, "leaf input"], penalty: float
) -> Float[np.ndarray, " leaf"]:
    """Explained share at the best site; what a probe cannot read at all is 0."""
    targets = torch.from_numpy(values.T.astype(np.float64))
    return np.asarray(np.max([explained(held, targets, penalty).clamp_min(0).numpy() for held in states], axis=0))


def _leaves(tokens: Int[np.ndarray, "input length"]) -> list[Leaf]:
    """Statistics of inputs, without those of more than sixty-four values or that need statements of their own."""
    if tokens.shape[1] < 2:
        return []
    examples = _examples(tokens, np.zeros(len(tokens), dtype=np.int64))
    return [(term, vector) for term, vector in statistics(examples) if not term.prelude]


def _examples(tokens: Int[np.ndarray, "input length"], labels: Int[np.ndarray, " input"]) -> Examples:
    return Examples(
        tokens=tokens, labels=labels, chosen=np.arange(len(labels)), letters=int(tokens.max()) + 1,
        classes=int(labels.max()) + 1,
    )  # fmt: skip


def grown_over(texts: list[str], climb: Climb, positions: tuple[int, ...] | None) -> None:
    """Offers functions of expressions made of tokens, constants and these variables, the smallest first."""
    recoding = Recoding(positions=positions)
    sample = climb.sample[:SEEN]
    shown = examples_of(sample.tokens, sample.labels, 64, np.random.default_rng(climb.seed))
    seen = recoding.applied(shown.tokens)
    examples = Examples(
        tokens=seen, labels=shown.labels, chosen=shown.chosen, letters=int(seen.max()) + 1, classes=shown.classes
    )
    wanted = set(texts)
    chosen = [leaf for leaf in statistics(examples) if leaf[0].text in wanted] if examples.length > 1 else []
    # under a name of one word each is as light as a token, and so is built upon as early
    named = [(Term(f"q{number}"), vector) for number, (_, vector) in enumerate(chosen)]
    budget = Budget(states=STATES, seconds=20.0)
    clock = Clock(budget=budget)
    clock.enter("variables", 1.0)
    growth = Growth(examples, [*tokens_of(examples), *constants(examples), *named], clock, budget.kept)
    for number, (term, vector) in enumerate(growth.grown(budget.size)):
        for form, _ in functions(term, vector, examples.labels, most=1):
            text = _NAMED.sub(lambda found: chosen[int(found[1])][0].text, form.text)
            theory = recoding.lifted(theory_of(Term(text)))
            if size(theory) <= budget.size:
                climb.offer(theory, f"{len(chosen)} variables")
        if climb.done or number >= _TRIED:
            break
    climb.states += clock.progress.states
