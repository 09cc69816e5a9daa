"""An expression as text with what has to be computed before it, and the theory that returns it."""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory, parse

Values = Int[np.ndarray, " example"]

_COUNTED = re.compile(r"\w+|//|[<>=!]=|[-+*%<>]|\[")
_FREE = frozenset({"in", "else", "return"})


@dataclass(frozen=True, slots=True)
class Term:
    """An expression over the input `x` in the theory language.

    Attributes:
        text: safe to stand anywhere: an atom, a call or in brackets.
        prelude: lines of statements that it needs, with their indents.
    """

    text: str
    prelude: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """About its syntax nodes, counted without parsing; exact for tokens, constants and operations on them."""
        words = _COUNTED.findall(" ".join([*self.prelude, self.text]))
        return sum(word not in _FREE for word in words)

    def put(self, template: str) -> "Term":
        """Itself in the place of `{e}`."""
        return Term(template.replace("{e}", self.text), self.prelude)


def joined(template: str, *terms: Term) -> Term:
    """Terms in the places of `{0}`, `{1}`, ..."""
    text = re.sub(r"\{(\d)\}", lambda found: terms[int(found[1])].text, template)
    return Term(text, tuple(dict.fromkeys(line for term in terms for line in term.prelude)) if terms else ())


def theory_of(term: Term) -> Theory:
    """`def rule(x)` that returns the term."""
    lines = [*term.prelude, f"return {term.text}"]
    return parse("def rule(x):\n" + "\n".join(f"    {line}" for line in lines))


@dataclass(frozen=True, eq=False, slots=True)
class Proposal:
    """What a solver found.

    Attributes:
        term: the expression.
        values: of it on all examples.
    """

    term: Term
    values: Values
