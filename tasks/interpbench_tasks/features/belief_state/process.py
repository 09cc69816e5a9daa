"""Hidden processes: letters come from states that are not seen, and what has been seen says how likely each one is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Process:
    """A hidden Markov process that emits a letter with every step.

    Attributes:
        steps: (letter, from, to): probability of the letter and the next state, given the state; float64.
    """

    steps: Float[Tensor, "letter state state"]

    @property
    def letters(self) -> int:
        """How many there are."""
        return self.steps.shape[0]

    @property
    def states(self) -> int:
        """How many there are."""
        return self.steps.shape[1]

    @cached_property
    def stationary(self) -> Float[Tensor, " state"]:
        """How often each state is met in the long run: the left eigenvector of eigenvalue 1."""
        values, vectors = torch.linalg.eig(self.steps.sum(dim=0).T)
        found: Tensor = vectors[:, (values - 1).abs().argmin()].real
        return found / found.sum()

    def draw(self, count: int, length: int, rng: torch.Generator) -> Int[Tensor, "count length"]:
        """Letters of runs that start anywhere."""
        state = torch.multinomial(self.stationary.expand(count, -1), 1, generator=rng)[:, 0]
        joint = self.steps.transpose(0, 1).flatten(1)  # (from, letter and to)
        found = []
        for _ in range(length):
            both = torch.multinomial(joint[state], 1, generator=rng)[:, 0]
            found.append(both // self.states)
            state = both % self.states
        return torch.stack(found, dim=1)

    def beliefs(self, letters: Int[Tensor, "row length"]) -> Float[Tensor, "row state"]:
        """P(state | all letters so far), by Bayes' rule from the stationary law; float64."""
        found = self.stationary.expand(len(letters), -1)
        for letter in letters.T:
            found = torch.einsum("rs,rst->rt", found, self.steps[letter])
            found = found / found.sum(dim=1, keepdim=True)
        return found

    def entropy(self, letters: Int[Tensor, "row length"]) -> float:
        """Mean loss of one who knows the process, per letter of these histories, in nats."""
        total = torch.zeros((), dtype=torch.float64)
        for end in range(letters.shape[1]):
            belief = self.beliefs(letters[:, :end])
            ahead = torch.einsum("rs,lst->rl", belief, self.steps)
            total -= ahead.gather(1, letters[:, end : end + 1]).log().mean()
        return float(total) / letters.shape[1]


def two_random_and(
    combine: Callable[[int, int], int], *, letters: int = 2, first: float | None = None, slips: float = 0.0
) -> Process:
    """Two random letters, then what is combined from them, and so on; where in this turn one is, is not said.

    With two letters and their exclusive or: the random-random-XOR process.

    Args:
        combine: the third letter, from the two.
        letters: how many there are.
        first: P(letter 0) of the first random letter; the others share the rest. Even if None.
        slips: probability that the third letter is another one.
    """
    states = 1 + 2 * letters  # start; one letter seen; what the third letter should be
    steps = torch.zeros(letters, states, states, dtype=torch.float64)
    law = torch.full((letters,), 1 / letters, dtype=torch.float64)
    if first is not None:
        law = torch.tensor([first, *[(1 - first) / (letters - 1)] * (letters - 1)], dtype=torch.float64)
    for one in range(letters):
        steps[one, 0, 1 + one] = law[one]
        for two in range(letters):
            steps[two, 1 + one, 1 + letters + combine(one, two)] += 1 / letters
            steps[two, 1 + letters + one, 0] = 1 - slips if one == two else slips / (letters - 1)
    return Process(steps)


def mess3(keep: float = 0.85, stay: float = 0.9) -> Process:
    """Three states and three letters; a letter mostly names the state, and states mostly last.

    The control in which training gains nothing: even an untrained network holds most of the belief.

    References:
        Marzen & Crutchfield 2017, Nearly maximally predictive features and their dimensions (arXiv:1702.08565).
    """
    emit = torch.full((3, 3), (1 - keep) / 2, dtype=torch.float64)
    emit.fill_diagonal_(keep)
    move = torch.full((3, 3), (1 - stay) / 2, dtype=torch.float64)
    move.fill_diagonal_(stay)
    return Process(torch.einsum("st,tl->lst", move, emit))
