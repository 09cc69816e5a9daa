"""Inputs of which some positions matter and letters fall into classes, as shorter inputs over fewer letters."""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory, canonical, parse, unparse

_INDEXED = re.compile(r"\bx\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Recoding:
    """Which positions, and which classes.

    Attributes:
        positions: that are kept; None for all.
        classes: (letter,) of each letter; None where letters stay as they are.
    """

    positions: tuple[int, ...] | None = None
    classes: tuple[int, ...] | None = None

    def applied(self, tokens: Int[np.ndarray, "row length"]) -> Int[np.ndarray, "row position"]:
        """The shorter inputs.

        Raises:
            ValueError: a position or a letter that the hints do not know.
        """
        if self.positions is not None:
            if max(self.positions) >= tokens.shape[1]:
                raise ValueError(f"position {max(self.positions)} of inputs of length {tokens.shape[1]}")
            tokens = tokens[:, list(self.positions)]
        if self.classes is not None:
            if tokens.max(initial=0) >= len(self.classes):
                raise ValueError(f"letter {tokens.max()} has no class: {len(self.classes)} letters have one")
            tokens = np.asarray(self.classes)[tokens]
        return tokens

    def lifted(self, theory: Theory) -> Theory:
        """A theory about the shorter inputs as one about the inputs."""
        if self.positions is None and self.classes is None:
            return theory
        head, *body = unparse(canonical(theory)).splitlines()
        text = "\n".join(body)
        if len(re.findall(r"\bx\b", text)) == len(_INDEXED.findall(text)):
            return parse(f"{head}\n" + _INDEXED.sub(lambda found: self._token(int(found[1])), text))
        source = "z" if self.positions is None else f"({', '.join(f'z[{place}]' for place in self.positions)},)"
        coded = source if self.classes is None else f"[{list(self.classes)}[v] for v in {source}]"
        return parse(f"def rule(z):\n    x = {coded}\n{text}")

    def _token(self, place: int) -> str:
        token = f"x[{place if self.positions is None else self.positions[place]}]"
        return token if self.classes is None else f"{list(self.classes)}[{token}]"
