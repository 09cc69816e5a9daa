"""One automaton for all positions, if there is one, from an automaton with a layer of states for each.

States of one layer differ, states of two layers may be one. Which are is searched for with as few states as the widest
layer has, or some more: a state takes at most one of each layer, and what two of its members lead to is one state too.

References: Biermann & Feldman 1972; Heule & Verwer 2010 (finding the smallest automaton by search).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.automata.layers import Layers

STEPS = 1_000
SPARE = 2
"""States more than the widest layer has."""

Node = tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Automaton:
    """States, the first of which begins.

    Attributes:
        table: (state, letter) the next state, -1 where no input of the length gets to.
        outputs: (state,) the answer, -1 where no input ends.
    """

    table: Int[np.ndarray, "state letter"]
    outputs: Int[np.ndarray, " state"]


@dataclass(kw_only=True, eq=False)
class _Merged:
    """Some nodes given to states, with all that follows from it."""

    steps: tuple[Int[np.ndarray, "state letter"], ...]
    state_of: dict[Node, int] = field(default_factory=dict)
    members: list[dict[int, int]] = field(default_factory=list)
    leads: list[dict[int, int]] = field(default_factory=list)

    def copy(self) -> "_Merged":
        return _Merged(
            steps=self.steps,
            state_of=dict(self.state_of),
            members=[dict(one) for one in self.members],
            leads=[dict(one) for one in self.leads],
        )

    def give(self, node: Node, state: int) -> bool:
        """Whether a node can belong to a state."""
        if state == len(self.members):
            self.members.append({})
            self.leads.append({})
        waiting = [(node, state)]
        while waiting:
            (layer, number), state = waiting.pop()
            if (known := self.state_of.get((layer, number))) is not None:
                if known != state:
                    return False
                continue
            if layer in self.members[state]:
                return False
            self.state_of[layer, number] = state
            self.members[state][layer] = number
            if layer < len(self.steps):
                waiting += self._below((layer, number), state)
            for letter, above in self._above((layer, number)):
                if self.leads[above].setdefault(letter, state) != state:
                    return False
                waiting += [
                    ((other + 1, int(self.steps[other][member, letter])), state)
                    for other, member in self.members[above].items()
                    if other < len(self.steps)
                ]
        return True

    def _below(self, node: Node, state: int) -> list[tuple[Node, int]]:
        """Successors whose state is known from other members of the state, or tells it to them."""
        layer, number = node
        out = []
        for letter, following in enumerate(self.steps[layer][number].tolist()):
            child = (layer + 1, int(following))
            if letter not in self.leads[state] and child in self.state_of:
                target = self.leads[state][letter] = self.state_of[child]
                out += [
                    ((other + 1, int(self.steps[other][member, letter])), target)
                    for other, member in self.members[state].items()
                    if other < len(self.steps)
                ]
            elif letter in self.leads[state]:
                out.append((child, self.leads[state][letter]))
        return out

    def _above(self, node: Node) -> list[tuple[int, int]]:
        """Letters and states that lead to a node."""
        layer, number = node
        if layer == 0:
            return []
        step = self.steps[layer - 1]
        return [
            (int(letter), self.state_of[layer - 1, int(before)])
            for before, letter in zip(*np.nonzero(step == number), strict=True)
            if (layer - 1, int(before)) in self.state_of
        ]


def folded(layers: Layers, most: int) -> list[Automaton]:
    """Automata with the fewest states that do what the layers do, at most so many of them; none where none is small."""
    order = _reached(layers)
    widest = max(layers.width, len(np.unique(layers.steps[-1])))
    for states in range(widest, widest + SPARE + 1):
        clock = [STEPS]
        found = []
        for merged in _search(_Merged(steps=layers.steps), order, 0, states, clock):
            found.append(_automaton(merged, layers))
            if len(found) == most:
                break
        if found:
            return found
    return []


def _reached(layers: Layers) -> list[Node]:
    nodes: list[Node] = [(0, 0)]
    for layer, step in enumerate(layers.steps):
        here = [number for depth, number in nodes if depth == layer]
        nodes += [(layer + 1, int(number)) for number in np.unique(step[here])]
    return nodes


def _search(merged: _Merged, order: list[Node], at: int, states: int, clock: list[int]) -> Iterator[_Merged]:
    while at < len(order) and order[at] in merged.state_of:
        at += 1
    if at == len(order):
        yield merged
        return
    for state in range(min(len(merged.members) + 1, states)):
        clock[0] -= 1
        if clock[0] < 0:
            return
        trial = merged.copy()
        if trial.give(order[at], state):
            yield from _search(trial, order, at + 1, states, clock)


def _automaton(merged: _Merged, layers: Layers) -> Automaton:
    count, letters = len(merged.members), layers.steps[0].shape[1]
    table, outputs = np.full((count, letters), -1), np.full(count, -1)
    for state, (members, leads) in enumerate(zip(merged.members, merged.leads, strict=True)):
        for letter, target in leads.items():
            table[state, letter] = target
        outputs[state] = members.get(len(layers.steps), -1)
    return Automaton(table=table, outputs=outputs)
