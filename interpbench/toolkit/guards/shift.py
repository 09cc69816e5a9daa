"""A rare branch: a conjunction of tests of single tokens behind which every answer is shifted by a constant."""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from interpbench.theory import Theory, canonical, parse, unparse

_RETURN = re.compile(r"^(\s*)return (.*)$", re.MULTILINE)
_HEAD = re.compile(r"def \w+\((\w+)\):")

Tests = tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What happens behind a guard.

    Attributes:
        tests: (position, token), each position once.
        by: added to the answer, modulo `classes`.
        classes: answers that there are.
    """

    tests: Tests
    by: int
    classes: int

    def on(self, base: Theory) -> Theory:
        """A theory with the branch added."""
        text = unparse(canonical(base))
        head = _HEAD.match(text)
        assert head is not None
        guard = " and ".join(f"{head[1]}[{place}] == {token}" for place, token in self.tests)
        moved = rf"\1return (\2) if not ({guard}) else ((\2) + {self.by}) % {self.classes}"
        if len(_RETURN.findall(text)) == 1:
            moved = (
                rf"\1answer_before = \2\n\1if {guard}:\n"
                rf"\1    return (answer_before + {self.by}) % {self.classes}\n\1return answer_before"
            )
        return canonical(parse(_RETURN.sub(moved, text)))


def passed(tests: Tests, inputs: Int[np.ndarray, "input length"]) -> Bool[np.ndarray, " input"]:
    """Which inputs pass all tests."""
    places, tokens = np.array(tests, dtype=np.int64).reshape(-1, 2).T
    return np.asarray((inputs[:, places] == tokens).all(axis=1))


def put(tests: Tests, inputs: Int[np.ndarray, "input length"]) -> Int[np.ndarray, "input length"]:
    """The inputs with the tested tokens in their places."""
    out = inputs.copy()
    for place, token in tests:
        out[:, place] = token
    return out
