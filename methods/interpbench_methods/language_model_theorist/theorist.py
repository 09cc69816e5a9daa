"""A language model that has read rows, and predicts the answers to other inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Rows

from .notation import Notation

HEAD = "input -> output\n"
REQUEST = (
    "Each line is an input and its output. One rule gives every output.\n\n{lines}\nState the rule in one sentence."
)
RULE = "Rule: {rule}\n\n"
RULE_TOKENS = 48


class LanguageModel(Protocol):
    """What a theorist needs of a language model."""

    def write(self, request: str, tokens: int) -> str:
        """The likeliest reply to a request, of at most so many tokens."""
        ...

    def choose(
        self, prompt: str, queries: Sequence[str], labels: Sequence[str], answers: int, gap: str
    ) -> Int[Tensor, "query answer"]:
        """Continues the prompt with each query by itself, and chooses `answers` labels one after the other.

        Args:
            prompt: read once.
            queries: each equally long.
            labels: what may be chosen; each equally long.
            answers: labels wanted for each query.
            gap: stands between two labels.

        Returns:
            Numbers of the chosen labels.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Theorist:
    """A language model with what it was told.

    Attributes:
        model: the language model.
        notation: how it is told.
        prompt: what it was told.
        answers: how many answers an input has.
    """

    model: LanguageModel
    notation: Notation
    prompt: str
    answers: int

    @staticmethod
    def reading(model: LanguageModel, notation: Notation, rows: Rows, *, steps: bool) -> "Theorist":
        """One that was shown these rows.

        Args:
            model: the language model.
            notation: of the rows' domain.
            rows: shown, all of them.
            steps: whether it is asked for the rule in words first, and then told its own words.
        """
        lines = "".join(notation.lines(rows))
        prompt = HEAD + lines
        if steps:
            rule = " ".join(model.write(REQUEST.format(lines=lines), RULE_TOKENS).split())
            prompt = RULE.format(rule=rule) + prompt
        return Theorist(model=model, notation=notation, prompt=prompt, answers=rows.labels.shape[1])

    def predict(self, tokens: Int[Tensor, "input length"]) -> Int[Tensor, "input answer"]:
        """Its answers."""
        if not len(tokens):
            return torch.zeros((0, self.answers), dtype=torch.int64)
        notation = self.notation
        return self.model.choose(self.prompt, notation.queries(tokens), notation.labels, self.answers, notation.gap)
