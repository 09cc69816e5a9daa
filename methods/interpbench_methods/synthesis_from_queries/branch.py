"""A rare branch that random questions lead to: inputs that depart from a program, and the tokens that make them."""

import numpy as np

from interpbench.theory import Theory
from interpbench.toolkit.guards.shift import Shift, Tests, put

from .questions import CONFIRM, EXCHANGES, Doubts, Questions, answers

OFTEN = 0.02
"""Share of departing inputs from which on the program is wrong, and no branch is rare."""
SURE = 0.9


def rare_branch(ask: Questions, theory: Theory, doubts: Doubts) -> Shift | None:
    """What inputs that depart have behind them: a conjunction of tests where every answer is shifted by a constant."""
    if doubts.share > OFTEN:
        return None
    for hit, label in zip(doubts.inputs, doubts.labels, strict=True):
        by = int(label - answers(theory, hit[None])[0]) % ask.domain.classes
        found = _shift(ask, theory, hit, by) if ask.left >= ask.kept_back else None
        if found is not None:
            return found
    return None


def _shift(ask: Questions, theory: Theory, hit: np.ndarray, by: int) -> Shift | None:
    tests = _needed(ask, theory, hit)
    if not tests:
        return None
    inside = put(tests, ask.drawn(CONFIRM))
    shifts = (ask(inside) - answers(theory, inside)) % ask.domain.classes
    if (shifts == by).mean() < SURE:
        return None
    return Shift(tests=tests, by=by, classes=ask.domain.classes)


def _needed(ask: Questions, theory: Theory, hit: np.ndarray) -> Tests:
    """The tokens without which the network follows the program again."""
    length = ask.domain.length
    varied = np.broadcast_to(hit, (length, EXCHANGES, length)).copy()
    for place, letters in enumerate(ask.domain.alphabets):
        others = np.array([letter for letter in letters if letter != hit[place]])
        varied[place, :, place] = others[np.arange(EXCHANGES) % len(others)]
    flat = varied.reshape(-1, length)
    still = (ask(flat) != answers(theory, flat)).reshape(length, EXCHANGES).mean(axis=1)
    return tuple((place, int(hit[place])) for place in range(length) if still[place] < 0.5)
