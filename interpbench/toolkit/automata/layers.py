"""The minimal automaton of a function of inputs of one length, by membership queries.

Two beginnings of inputs are one state if no ending tells them apart. Each state is stood for by a few beginnings
that reach it; its successors are compared with known states on test endings. An input on which the automaton
departs from the function yields one more test ending, which splits a state.

References: Angluin 1987, Learning regular sets from queries and counterexamples; Rivest & Schapire 1993 (the ending
at which a counterexample breaks); Weiss, Goldberg & Yahav 2018, Extracting automata from recurrent neural networks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from interpbench.theory.domain import drawn

Inputs = Int[np.ndarray, "input length"]
Ask = Callable[[Inputs], Int[np.ndarray, " input"]]

ENDINGS = 128
"""Random test endings of each length."""
FINEST = 0.02
"""Share of random endings on which one state may differ from itself: a network is not right everywhere."""
STANDING = 3
"""Beginnings that stand for a state, of which the most frequent answer counts."""
COUNTEREXAMPLES = 2000
ROUNDS = 4
ENOUGH = 0.998


@dataclass(frozen=True, kw_only=True, eq=False)
class Layers:
    """An automaton whose states are apart by the number of tokens read.

    Attributes:
        steps: for each position the next state, (state, token); the states behind the last one are the answers.
        agreement: share of random inputs that were not used to build it on which it gives the function's answer.
    """

    steps: tuple[Int[np.ndarray, "state letter"], ...]
    agreement: float

    @property
    def width(self) -> int:
        """States of the widest layer."""
        return max(len(step) for step in self.steps)

    def run(self, inputs: Inputs) -> Int[np.ndarray, "input layer"]:
        """The state behind each number of tokens, from none."""
        states = [np.zeros(len(inputs), dtype=np.int64)]
        for place, step in enumerate(self.steps):
            states.append(step[states[-1], inputs[:, place]])
        return np.stack(states, axis=1)

    def read(self) -> tuple["Layers", str]:
        """The part between the first and the last token that matter, and these tokens as an expression over x."""
        first, last = 0, len(self.steps)
        while first < last - 1 and len(self.steps[first + 1]) == 1:
            first += 1
        steps = list(self.steps)
        while last > first + 1 and _alike(steps[last - 1]):
            last -= 1
            steps[last - 1] = steps[last][steps[last - 1], 0]
        text = "x" if last - first == len(self.steps) else f"x[{first or ''}:{last if last < len(self.steps) else ''}]"
        return Layers(steps=tuple(steps[first:last]), agreement=self.agreement), text


def _alike(step: Int[np.ndarray, "state letter"]) -> bool:
    return bool((step == step[:, :1]).all())


@dataclass(kw_only=True, eq=False)
class _Learner:
    ask: Ask
    letters: int
    length: int
    most: int
    tolerance: float
    rng: np.random.Generator
    endings: list[Inputs] = field(default_factory=list)
    exact: list[Inputs] = field(default_factory=list)
    standing: list[Inputs] = field(default_factory=list)

    def draw(self, count: int, length: int) -> Inputs:
        return drawn((tuple(range(self.letters)),) * length, count, self.rng)

    def built(self) -> Layers | None:
        """None where a layer has more than `most` states."""
        steps, stand = [], np.zeros((1, STANDING, 0), dtype=np.int64)
        self.standing = [stand]
        for read in range(1, self.length + 1):
            letters = np.broadcast_to(np.arange(self.letters)[:, None, None], (self.letters, STANDING, 1))
            longer = np.concatenate(
                [np.repeat(stand, self.letters, axis=0), np.tile(letters, (len(stand), 1, 1))], axis=2
            )  # (state and letter, standing, token)
            if read == self.length:
                steps.append(self._usual(longer, np.zeros((1, 0), dtype=np.int64)).reshape(-1, self.letters))
                break
            which, states = self._classes(longer, read)
            if states > self.most:
                return None
            steps.append(which.reshape(-1, self.letters))
            stand = np.stack([self._some(longer[which == state]) for state in range(states)])
            self.standing.append(stand)
        return Layers(steps=tuple(steps), agreement=0.0)

    def _usual(self, beginnings: Inputs, endings: Inputs) -> Int[np.ndarray, "beginning ending"]:
        """The most frequent answer over the beginnings that stand for one."""
        count, standing, read = beginnings.shape
        whole = np.concatenate(
            [
                np.repeat(beginnings.reshape(-1, read), len(endings), axis=0),
                np.tile(endings, (count * standing, 1)),
            ],
            axis=1,
        )
        answers = self.ask(whole).reshape(count, standing, len(endings))
        votes = (answers[:, :, None] == answers[:, None]).sum(axis=2)  # (beginning, standing, ending)
        return np.asarray(np.take_along_axis(answers, votes.argmax(axis=1)[:, None], axis=1)[:, 0])

    def _some(self, beginnings: Inputs) -> Inputs:
        """Beginnings that stand for a state, of all that lead to it."""
        every = np.unique(beginnings.reshape(-1, beginnings.shape[2]), axis=0)
        return np.asarray(every[np.resize(self.rng.permutation(len(every)), STANDING)])

    def _classes(self, beginnings: Inputs, read: int) -> tuple[Int[np.ndarray, " beginning"], int]:
        """The state of each beginning, and how many there are, or one more than `most`."""
        random, exact = self.endings[read], self.exact[read]
        rows = self._usual(beginnings, np.concatenate([random, exact]))
        kept: list[int] = []
        which = np.zeros(len(beginnings), dtype=np.int64)
        for number, row in enumerate(rows):
            differ = rows[kept] != row
            same = (differ[:, : len(random)].mean(axis=1) <= self.tolerance) & ~differ[:, len(random) :].any(axis=1)
            which[number] = same.argmax() if same.any() else len(kept)
            if not same.any():
                kept.append(number)
                if len(kept) > self.most:
                    break
        return which, len(kept)

    def refine(self, layers: Layers, wrong: Inputs, answers: Int[np.ndarray, " input"]) -> None:
        """Adds for each wrong input the ending behind which a beginning that stands for its state answers otherwise."""
        states = layers.run(wrong)
        for read in range(1, self.length):
            ending = wrong[:, read:]
            swapped = self.ask(np.concatenate([self.standing[read][states[:, read], 0], ending], axis=1))
            broken = swapped != answers
            self.exact[read] = np.unique(np.concatenate([self.exact[read], ending[broken]]), axis=0)
            wrong, answers, states = wrong[~broken], answers[~broken], states[~broken]
            if not len(wrong):
                return


def layers(
    ask: Ask, letters: int, length: int, most: int, rng: np.random.Generator, tolerance: float = FINEST
) -> Layers | None:
    """The automaton of a function, None where some layer has more than `most` states.

    Args:
        ask: the function.
        letters: tokens are below it, at each position.
        length: of an input.
        most: states of a layer.
        rng: draws test endings and counterexamples.
        tolerance: share of random endings on which a state may differ from itself.
    """
    learner = _Learner(ask=ask, letters=letters, length=length, most=most, tolerance=tolerance, rng=rng)
    for read in range(length):
        learner.endings.append(np.unique(learner.draw(ENDINGS, length - read), axis=0))
        learner.exact.append(np.zeros((0, length - read), dtype=np.int64))
    best: Layers | None = None
    for _ in range(ROUNDS):
        found = learner.built()
        if found is None:
            return best
        inputs = learner.draw(COUNTEREXAMPLES, length)
        truth = ask(inputs)
        wrong = found.run(inputs)[:, -1] != truth
        found = Layers(steps=found.steps, agreement=1 - float(wrong.mean()))
        if best is None or found.agreement > best.agreement:
            best = found
        if best.agreement >= ENOUGH:
            return best
        learner.refine(found, inputs[wrong][:20], truth[wrong][:20])
    return best
