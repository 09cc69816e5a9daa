"""A published claim that pairs of a track can test: which number is larger for the better network, and where."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Claim:
    """That a number is larger for the better network of a pair.

    Attributes:
        name: in one sentence.
        source: who says so.
        rows: rows of the board whose scores are the numbers, as the method gives them.
        by: what the pairs are told apart by; `kind` takes all kinds, the others the headline kinds alone.
        note: what a reader has to know.
    """

    name: str
    source: str
    rows: tuple[str, ...]
    by: Literal["kind", "recipe", "family"] = "kind"
    note: str = ""
