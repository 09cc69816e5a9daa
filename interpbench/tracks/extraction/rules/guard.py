"""Guards: conjunctions of tests of single tokens, and rules with an exceptional branch behind one.

A network can be right on 99.99% of a domain and wrong all around its guard, so that inputs on which all tests but one
hold are drawn as readily as those inside.
"""

from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Int

from interpbench.theory import Theory, canonical, parse
from interpbench.theory.domain import drawn
from interpbench.theory.syntax import Assign, Binary, Block, Comparison, If, Index, Logic, Name, Number, Return

if TYPE_CHECKING:
    from interpbench.tracks.extraction.rules.rule import Rule

Tokens = Int[np.ndarray, "input length"]


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The inputs with certain tokens at certain positions.

    Attributes:
        tests: (position, token), each position once.
        alphabets: the tokens of each position.
    """

    tests: tuple[tuple[int, int], ...]
    alphabets: tuple[tuple[int, ...], ...]

    @property
    def measure(self) -> float:
        """Share of the domain."""
        return float(np.prod([1 / len(self.alphabets[place]) for place, _ in self.tests]))

    def holds(self, inputs: Tokens) -> Bool[np.ndarray, " input"]:
        """Which inputs pass all tests."""
        return np.asarray(self._passed(inputs).all(axis=1))

    def near(self, inputs: Tokens) -> Bool[np.ndarray, " input"]:
        """Which inputs pass all tests but one."""
        return np.asarray(self._passed(inputs).sum(axis=1) == len(self.tests) - 1)

    def inside(self, n: int, rng: np.random.Generator) -> Tokens:
        """Inputs drawn uniformly from those that pass all tests."""
        inputs = drawn(self.alphabets, n, rng)
        for place, token in self.tests:
            inputs[:, place] = token
        return inputs

    def near_misses(self, n: int, rng: np.random.Generator) -> Tokens:
        """Inputs drawn uniformly from those that pass all tests but one."""
        inputs = self.inside(n, rng)
        others = np.array([len(self.alphabets[place]) - 1 for place, _ in self.tests], dtype=float)
        missed = rng.choice(len(self.tests), n, p=others / others.sum())
        for number, (place, token) in enumerate(self.tests):
            rows = np.flatnonzero(missed == number)
            wrong = np.array([letter for letter in self.alphabets[place] if letter != token])
            inputs[rows, place] = rng.choice(wrong, len(rows))
        return inputs

    def uniform(self, n: int, rng: np.random.Generator) -> Tokens:
        """Inputs drawn uniformly from the whole domain."""
        return drawn(self.alphabets, n, rng)

    def _passed(self, inputs: Tokens) -> Bool[np.ndarray, "input test"]:
        places, wanted = np.array(self.tests).T
        return np.asarray(inputs[:, places] == wanted)


def guarded(rule: "Rule", rng: np.random.Generator, measure: float) -> "Rule":
    """The same rule but for a rare branch, on which every answer is another one.

    The branch is a conjunction of k tests, with k such that its measure letters^-k is nearest to the wanted one, and
    shifts the answer by a constant, so that the two rules differ exactly on it.

    Args:
        rule: without a guard.
        rng: source of positions, tokens and the shift.
        measure: of the branch, wanted.

    Raises:
        ValueError: the rule has a guard; the measure is not between 0 and 1, or asks for more tests than positions.
    """
    if rule.guard is not None:
        raise ValueError("the rule has a guard, wanted one without")
    if not 0 < measure < 1:
        raise ValueError(f"measure is {measure}, wanted a number between 0 and 1")
    tests = max(1, round(-log(measure) / log(rule.letters)))
    if tests > rule.length:
        raise ValueError(f"measure {measure} asks for {tests} tests, but there are {rule.length} positions")
    places = np.sort(rng.choice(rule.length, tests, replace=False))
    guard = Guard(
        tests=tuple((int(place), int(rng.integers(rule.letters))) for place in places), alphabets=rule.alphabets
    )
    shift = int(rng.integers(1, rule.classes))
    return replace(rule, theory=_shifted(rule.theory, guard, shift, rule.classes), guard=guard)


def _shifted(theory: Theory, guard: Guard, shift: int, classes: int) -> Theory:
    """A theory whose only return, at its end, gives the answer plus a shift where the guard holds."""
    *before, last = theory.body
    if not isinstance(last, Return):
        raise ValueError(f"a rule that does not end with a return cannot be guarded: {theory}")
    x, answer = Name(theory.parameter), Name("guarded_answer")
    tests = tuple(Comparison(Index(x, Number(p)), ("==",), (Number(t),)) for p, t in guard.tests)
    condition = tests[0] if len(tests) == 1 else Logic("and", tests)
    moved = Binary("%", Binary("+", answer, Number(shift)), Number(classes))
    body: Block = (
        *before,
        Assign(answer, last.value),
        If(condition, (Assign(answer, moved),), ()),
        Return(answer),
    )
    return canonical(parse(str(replace(theory, body=body))))
