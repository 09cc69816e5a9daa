"""What a network is trained and questioned on: rows (inputs with labels) and the domain that they come from."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

import torch
from jaxtyping import Int
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Inputs with their labels at the domain's answer positions.

    Shapes: `tokens` is (row, length), `labels` is (row, answer); both int64.
    """

    tokens: Int[Tensor, "row length"]
    labels: Int[Tensor, "row answer"]

    def __post_init__(self) -> None:
        """Raises ValueError when tokens and labels do not describe the same rows."""
        if self.tokens.ndim != 2 or self.labels.ndim != 2 or len(self.tokens) != len(self.labels):
            raise ValueError(
                f"rows: got tokens {tuple(self.tokens.shape)} and labels {tuple(self.labels.shape)}, "
                "wanted (row, length) and (row, answer) with as many rows in both"
            )

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: Tensor | slice) -> "Rows":
        return Rows(tokens=self.tokens[index], labels=self.labels[index])

    def sample(self, count: int, rng: torch.Generator) -> "Rows":
        """At most `count` rows drawn without replacement, in the order in which they stand."""
        if count >= len(self):
            return self
        chosen = torch.randperm(len(self), generator=rng)[:count]
        return self[chosen.sort().values]


@dataclass(frozen=True, kw_only=True)
class Domain:
    """All inputs that a rule is defined on: a product of one alphabet a position.

    Attributes:
        alphabets: the tokens allowed at each position.
        positions: the positions at which an answer is read.
        classes: how many labels there are; labels are 0 ... classes - 1.
    """

    alphabets: tuple[tuple[int, ...], ...]
    positions: tuple[int, ...]
    classes: int

    @cached_property
    def vocabulary(self) -> int:
        """One more than the largest token."""
        return 1 + max(max(alphabet) for alphabet in self.alphabets)

    @property
    def length(self) -> int:
        """Tokens in an input."""
        return len(self.alphabets)

    @cached_property
    def size(self) -> int:
        """How many inputs there are."""
        return prod(len(alphabet) for alphabet in self.alphabets)

    def inputs(self, index: Int[Tensor, " n"]) -> Int[Tensor, "n length"]:
        """The inputs with these numbers in lexicographic order, 0 ... size - 1."""
        columns = []
        rest = index
        for alphabet in reversed(self.alphabets):
            letters = torch.tensor(alphabet, dtype=torch.int64)
            columns.append(letters[rest % len(alphabet)])
            rest = rest // len(alphabet)
        return torch.stack(columns[::-1], dim=1)

    def everything(self, limit: int = 1_000_000) -> Int[Tensor, "size length"]:
        """Every input, in lexicographic order.

        Raises:
            ValueError: the domain holds more than `limit` inputs.
        """
        if self.size > limit:
            raise ValueError(f"the domain holds {self.size} inputs, more than the limit of {limit}: sample it instead")
        return self.inputs(torch.arange(self.size))

    def contains(self, tokens: Int[Tensor, "n length"]) -> Tensor:
        """Whether each input lies in the domain, (n,) bool."""
        inside = torch.ones(len(tokens), dtype=torch.bool)
        for position, alphabet in enumerate(self.alphabets):
            inside &= torch.isin(tokens[:, position], torch.tensor(alphabet))
        return inside

    def full(self, count: int, rng: torch.Generator) -> Int[Tensor, "count length"]:
        """Inputs drawn uniformly, with replacement."""
        columns = [
            torch.tensor(alphabet)[torch.randint(len(alphabet), (count,), generator=rng)] for alphabet in self.alphabets
        ]
        return torch.stack(columns, dim=1)

    def narrow(self, rows: Rows, count: int, rng: torch.Generator) -> Int[Tensor, "count length"]:
        """Inputs drawn from the rows, with replacement: the training law."""
        return rows.tokens[torch.randint(len(rows), (count,), generator=rng)]

    def markov(self, rows: Rows, count: int, rng: torch.Generator) -> Int[Tensor, "count length"]:
        """Inputs drawn from the position-wise bigram law fitted to the rows."""
        first = torch.randint(len(rows), (count,), generator=rng)
        columns = [rows.tokens[first, 0]]
        for position in range(1, self.length):
            # a row that holds the last token at the last position tells what may follow: the empirical bigram
            here = rows.tokens[:, position - 1][None, :] == columns[-1][:, None]  # (count, row)
            donor = torch.multinomial(here.float(), 1, generator=rng)[:, 0]
            columns.append(rows.tokens[donor, position])
        return torch.stack(columns, dim=1)
