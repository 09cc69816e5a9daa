"""Both sides of a condition searched apart: a rule that branches is two smaller rules."""

import numpy as np
import torch
from jaxtyping import Bool

from interpbench.models.data import Domain
from interpbench.models.subject import Subject
from interpbench.theory import Theory, canonical, parse, unparse
from interpbench.toolkit.reading import Climb, Labelled, drawn
from interpbench.toolkit.reading.climb import correct
from interpbench.toolkit.synthesis import Budget, Hints, Search

from .features import Condition

STATES = 60_000
"""Of each side's search: what is small is found soon."""
_INPUTS = 8000
_ROWS = 400
_FEWEST = 40
_ROUNDS = 3


def branched(
    conditions: list[Condition],
    subject: Subject,
    domain: Domain,
    climb: Climb,
    positions: tuple[int, ...] | None,
    rng: torch.Generator,
) -> None:
    """Offers `a if condition else b` for each condition of which both sides have a rule that gives all their labels."""
    pool = drawn(subject, domain, _INPUTS, rng)
    for condition in conditions:
        holds = parse(f"def rule(x): return {condition.text} + 0").run_many(pool.tokens).integers() != 0
        then = _side(pool, holds, climb, positions)
        other = _side(pool, ~holds, climb, positions) if then is not None else None
        if then is not None and other is not None:
            climb.offer(joined(condition.text, then, other), f"if {condition.text}, match {condition.match:.2f}")
        if climb.done:
            return


def _side(
    pool: Labelled, rows: Bool[np.ndarray, " input"], climb: Climb, positions: tuple[int, ...] | None
) -> Theory | None:
    """The smallest theory that gives the labels of these inputs, counterexamples among them; None if there is none."""
    side = pool[np.flatnonzero(rows)]
    if len(side) < _FEWEST:
        return None
    shown, found = side[:_ROWS], None
    for _ in range(_ROUNDS):
        budget = Budget(states=STATES, seconds=10.0)
        search = Search(shown.tokens, shown.labels, hints=Hints(positions=positions), budget=budget, seed=climb.seed)
        search.run()
        climb.states += search.progress.states
        if not search.consistent:
            return found
        found = search.consistent[0].theory
        wrong = np.flatnonzero(~correct(found, side))
        if not len(wrong):
            return found
        shown = side[wrong[: _ROWS // 8]] + shown[: _ROWS - len(wrong[: _ROWS // 8])]
    return found


def joined(condition: str, then: Theory, other: Theory) -> Theory:
    """One theory of two, each on its side of a condition over `x`."""
    blocks = []
    for theory in (then, other):
        head, *body = unparse(canonical(theory)).splitlines()
        assert head.startswith("def rule(x)"), head
        blocks.append("\n".join(f"    {line}" for line in body))
    return parse(f"def rule(x):\n    if {condition}:\n{blocks[0]}\n    else:\n{blocks[1]}\n")
