"""A language model that has read rows as lines `3 1 4 -> 2`, and names one label an input."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Rows

ARROW = " -> "


class LanguageModel(Protocol):
    """What a reader needs of a language model."""

    def choose(
        self, prompt: str, queries: Sequence[str], labels: Sequence[str], answers: int, gap: str
    ) -> Int[Tensor, "query answer"]:
        """Continues the prompt with each query by itself; gives the number of the likeliest label."""
        ...


def prompt(rows: Rows) -> str:
    """The rows, and nothing else."""
    lines = zip(_asked(rows.tokens.tolist()), rows.labels[:, 0].tolist(), strict=True)
    return "".join(f"{asked}{label}\n" for asked, label in lines)


def _asked(inputs: Sequence[Sequence[int]]) -> list[str]:
    return [" ".join(map(str, row)) + ARROW for row in inputs]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reader:
    """A function from inputs to labels; what was asked before is not asked again.

    Attributes:
        model: the language model.
        prompt: what it has read.
        classes: labels that it chooses from, at most ten.
    """

    model: LanguageModel
    prompt: str
    classes: int
    _known: dict[tuple[int, ...], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, tokens: Int[Tensor, "input length"]) -> Int[Tensor, "input answer"]:
        """The likeliest label of each input."""
        inputs = [tuple(row) for row in tokens.tolist()]
        with self._lock:
            new = [row for row in dict.fromkeys(inputs) if row not in self._known]
            if new:
                labels = [str(label) for label in range(self.classes)]
                chosen = self.model.choose(self.prompt, _asked(new), labels, 1, "")
                self._known.update(zip(new, chosen[:, 0].tolist(), strict=True))
            return torch.tensor([self._known[row] for row in inputs], dtype=torch.int64)[:, None]
