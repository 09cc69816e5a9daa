"""Rows as lines of text: how inputs and answers are written for a language model."""

from dataclasses import dataclass

from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Domain, Rows

ARROW = " -> "


@dataclass(frozen=True, kw_only=True)
class Notation:
    """Tokens and labels as numbers of equal width, so that all inputs of a domain are equally long, and all labels.

    With up to ten symbols `0110 -> 1`, else `03 17 -> 20`. A position that holds the same token in every input tells
    nothing and is not written.

    Attributes:
        columns: the positions that are written.
        width: digits of a number.
        classes: how many labels there are.
    """

    columns: tuple[int, ...]
    width: int
    classes: int

    @staticmethod
    def of(domain: Domain) -> "Notation":
        """The notation of a domain."""
        columns = tuple(position for position, alphabet in enumerate(domain.alphabets) if len(alphabet) > 1)
        largest = max([domain.classes - 1, *(max(domain.alphabets[position]) for position in columns)])
        return Notation(columns=columns, width=len(str(largest)), classes=domain.classes)

    @property
    def gap(self) -> str:
        """What stands between two numbers."""
        return "" if self.width == 1 else " "

    @property
    def labels(self) -> list[str]:
        """Each label as it is written."""
        return [self._number(label) for label in range(self.classes)]

    def queries(self, tokens: Int[Tensor, "input length"]) -> list[str]:
        """Inputs up to and with the arrow."""
        return [
            self.gap.join(self._number(int(row[column])) for column in self.columns) + ARROW for row in tokens.tolist()
        ]

    def answers(self, labels: Int[Tensor, "row answer"]) -> list[str]:
        """All answers of each row."""
        return [self.gap.join(map(self._number, row)) for row in labels.tolist()]

    def lines(self, rows: Rows) -> list[str]:
        """Each row as a line."""
        asked, told = self.queries(rows.tokens), self.answers(rows.labels)
        return [f"{query}{answer}\n" for query, answer in zip(asked, told, strict=True)]

    def _number(self, value: int) -> str:
        return f"{value:0{self.width}d}"
