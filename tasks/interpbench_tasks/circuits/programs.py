"""High-level programs: behaviours as steps, each of which one head or group of neurons is to compute.

A step reads tokens or earlier steps. With some steps' values taken from another input, a program says what a network
that computes it this way must answer then (Geiger et al. 2021, arXiv:2106.02997).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench_tasks.circuits.behaviours import Places

Values = Sequence[Tensor]
Tokens = Int[Tensor, "row length"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """An intermediate variable.

    Attributes:
        kind: what computes it.
        after: steps that it reads, which stand in no later stage.
        value: inputs, places, values of all earlier steps -> its value.
    """

    kind: Literal["head", "group"]
    after: tuple[int, ...]
    value: Callable[[Tokens, Places, Values], Int[Tensor, " row"]]


def _token(place: int, modulus: int = 0) -> Step:
    """A head that reads the token at one of the program's places."""

    def value(x: Tokens, p: Places, _: Values) -> Tensor:
        found = x[:, p[place]]
        return found % modulus if modulus else found

    return Step(kind="head", after=(), value=value)


def _joined(after: tuple[int, int], of: Callable[[Tensor, Tensor], Tensor]) -> Step:
    """A group of neurons that puts two earlier values together."""

    def value(_: Tokens, __: Places, values: Values) -> Tensor:
        return of(values[after[0]], values[after[1]])

    return Step(kind="group", after=after, value=value)


def _at(x: Tokens, p: Places, values: Values) -> Tensor:
    return x.gather(1, torch.tensor(p[1:])[values[0]][:, None])[:, 0]


PROGRAMS: Mapping[str, tuple[Step, ...]] = {
    "sum": (_token(0, 4), _token(1, 4), _joined((0, 1), lambda a, b: (a + b) % 4)),
    "greater": (_token(0), _token(1), _joined((0, 1), lambda a, b: (a > b).long())),
    "equal": (_token(0, 4), _token(1, 4), _joined((0, 1), lambda a, b: (a == b).long())),
    "largest": (
        _token(0),
        _token(1),
        _joined((0, 1), torch.maximum),
        _token(2),
        _joined((2, 3), torch.maximum),
    ),
    "pointed": (_token(0, 4), Step(kind="head", after=(0,), value=_at)),
}
"""By name of the behaviour; the last step's value is its label."""


def label(
    name: str,
    places: Places,
    clean: Tokens,
    corrupt: Tokens | None = None,
    taken: Bool[Tensor, "row step"] | None = None,
) -> Int[Tensor, " row"]:
    """What a program answers if the values of some steps are those that they have on another input; see `values`."""
    return values(name, places, clean, corrupt, taken)[-1]


def values(
    name: str,
    places: Places,
    clean: Tokens,
    corrupt: Tokens | None = None,
    taken: Bool[Tensor, "row step"] | None = None,
) -> list[Tensor]:
    """Of all steps, those of some steps being taken from another input.

    Args:
        name: of the behaviour.
        places: that it reads.
        clean: inputs.
        corrupt: the other inputs.
        taken: steps whose values come from those.
    """
    found: list[Tensor] = []
    others: list[Tensor] = []
    for number, step in enumerate(PROGRAMS[name]):
        found.append(step.value(clean, places, found))
        if corrupt is not None and taken is not None:
            others.append(step.value(corrupt, places, others))
            found[-1] = torch.where(taken[:, number], others[-1], found[-1])
    return found


LATE = 2 / 3
"""Chance of the last layer for a program's last step where an earlier one would do, so that parts lie in all layers."""


def planted(names: Sequence[str], graph: Graph, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Nodes for the steps of several programs, drawn so that no two steps share one and each comes after what it reads.

    Steps are drawn from the last to the first, each in front of what reads it.

    Returns:
        For each program the writers of its steps.
    """
    while True:
        free, found = set(range(1, len(graph.writers))), []
        for name in names:
            here = _drawn(PROGRAMS[name], graph, free, rng)
            free -= set(here)
            found.append(here)
        if all(found):
            return found


def _drawn(steps: Sequence[Step], graph: Graph, free: set[int], rng: np.random.Generator) -> tuple[int, ...]:
    """Nodes for one program, or none if the draw came to a dead end."""
    here: dict[int, int] = {}
    late = float(rng.random()) < LATE
    for place in reversed(range(len(steps))):
        readers = [here[later] for later in here if place in steps[later].after]
        before = min((graph.writers[node].stage for node in readers), default=2 * graph.n_layers + 1)
        fits = [
            node
            for node in sorted(free - set(here.values()))
            if graph.writers[node].stage < before
            and graph.writers[node].stage % 2 == (1 if steps[place].kind == "head" else 0)
        ]
        if not readers:
            last = [node for node in fits if graph.writers[node].stage >= 2 * graph.n_layers - 1]
            fits = last if late else [node for node in fits if node not in last]
        if not fits:
            return ()
        here[place] = int(rng.choice(fits))
    return tuple(here[place] for place in range(len(steps)))
