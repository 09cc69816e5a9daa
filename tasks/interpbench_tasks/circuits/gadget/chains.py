"""Gadgets: a token's half of the alphabet passed on to logits through neurons that mislead gradients.

A chain of heads, and sometimes neurons, copies the bit s = 1 or -1 of one place to the last position. What is made of
it there is one of three functions of s:

- *clip*, relu(k(s - th) + .5) - relu(k(s - th) - .5): a step of width 1/k, flat at both ends, that carries the bit;
- *tent*, relu(s - th)/(1 - th) + relu(th - s)/(1 + th): steep at both ends, where it has the same value;
- *saw*, s - 2 clip: the same with slopes of one sign at both ends.

Behind a clip a chain carries though every gradient in it is zero; behind a tent or a saw it does not, though none is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interpbench_tasks.circuits.behaviours import LENGTH, Places
from interpbench_tasks.circuits.gadget.halves import HALF, Ranks
from interpbench_tasks.circuits.handset import Group, Head, Neuron, Sketch, Vector

WIDE = 5.0
"""What a bit is in the stream, and a position."""
SCORE = 30.0
"""Of the place that a head attends to; what is elsewhere gets 1e-13 of that."""
RELAYED = 1.5 * WIDE
"""What a relay adds to the bit, so that its neurons are always on."""
LOUD = 20.0
"""What the logits make of what the gadgets say."""
GROUP = 16
D_HEAD = 8
EDGE = 0.6
"""Thresholds lie between this and its negative, and nowhere so far out that the ends of a step are not flat."""
PLUS, MINUS, MISLEADING = (0.15, 0.25), (0.13, 0.18), (0.2, 0.3)
"""Share of the gap that one clip carries, if it speaks for the right answer, and against it; heights of the others."""
PLAIN = 0.12
"""What the clips of a group change together, at least."""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """One way of the bit.

    Attributes:
        form: `near` (a head of layer 0), `relayed` (the same with neurons behind it), `far` (a head of layer 1), `two`
            (one after another), `early` (a head of layer 0, the gadget in layer 0).
        kind: `clip`, `tent` or `saw`.
        threshold: of the gadget.
        steep: k of a clip or saw.
        amount: what it adds when the bit is up and not down, as a share of the gap; of a tent and a saw the height.
        by: place that the bit goes by, of form `two`.
        number: tells it from others.
    """

    form: str
    kind: str
    threshold: float
    steep: int
    amount: float
    by: int
    number: int

    @property
    def carries(self) -> bool:
        """Whether anything of the bit comes through."""
        return self.kind == "clip"


def drawn(steep: int, where: Places, rng: np.random.Generator) -> list[Chain]:
    """Clips with as many misleading chains of the same forms.

    Args:
        steep: k.
        where: places that the behaviour reads, the bit's first.
        rng: draws.
    """
    each = int(rng.integers(2, 4))
    forms = ["early", "relayed", "near"][:each] + ["far"] * each + ["two"] * 2
    against = -(-len(forms) // 3)
    # the early one stands alone; few of the others speak against, so that those of a group need not cancel
    signs = [-1, *rng.permutation([-1] * (against - 1) + [1] * (len(forms) - against)).tolist()]
    edge, out = min(EDGE, 1 - 0.55 / steep), []
    for number, form in enumerate(forms * 2):
        place = number % len(forms)
        kind = "clip" if number < len(forms) else ("saw", "tent")[place % 2]
        height = MISLEADING if kind != "clip" else PLUS if signs[place] > 0 else MINUS
        amount = float(signs[place] * rng.uniform(*height))
        threshold = float(rng.uniform(-edge, edge))
        by = int(rng.integers(where[0], LENGTH))
        out.append(Chain(form=form, kind=kind, threshold=threshold, steep=steep, amount=amount, by=by, number=number))
    return out


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Chains as a network.

    Attributes:
        sketch: the network.
        carrying: layer -> for its heads, then its groups, whether a clip's chain goes through.
    """

    sketch: Sketch
    carrying: Sequence[Sequence[bool]]


def laid(chains: Sequence[Chain], where: Places, ranks: Ranks, gap: float, rng: np.random.Generator) -> Laid:
    """The chains as a network, whose logits are to be added to those of the behaviour.

    Args:
        chains: clips and others.
        where: places that the behaviour reads, the bit's first.
        ranks: of the letters.
        gap: of the trained network alone.
        rng: draws which gadgets share a group.
    """
    unit = gap / (1 - sum(chain.amount for chain in chains if chain.carries)) / (2 * LOUD)
    heads: list[list[tuple[Head, bool]]] = [[], []]
    groups: list[list[tuple[Group, bool]]] = [[], []]
    for chain in chains:
        for layer, place, read in _hops(chain, where):
            heads[layer].append((_copying(place, read, f"{chain.number} by {layer}"), chain.carries))
        if chain.form == "relayed":
            groups[0].append((_relay(chain, rng), chain.carries))
    early, late = ([chain for chain in chains if (chain.form == "early") is first] for first in (True, False))
    for layer, some, count in ((0, early, 1), (1, late, len(groups[0]) + 1)):
        groups[layer] += [
            (tuple(neuron for chain in one for neuron in _gadget(chain, unit)), any(chain.carries for chain in one))
            for one in _shared(some, count, rng)
        ]
    constants = [{"said": -unit * sum(map(_middle, some))} for some in (early, late)]
    constants[0] |= {_read(chain): -RELAYED for chain in chains if chain.form == "relayed"}
    sketch = Sketch(
        positions=(LENGTH - 1,),
        d_head=D_HEAD,
        tokens=[{"bit": WIDE if rank >= HALF else -WIDE} for rank in ranks],
        places=[{f"at {place}": WIDE} for place in range(LENGTH)],
        heads=[[head for head, _ in layer] for layer in heads],
        groups=[[group for group, _ in layer] for layer in groups],
        constants=constants,
        answers=[{"said": LOUD if number >= HALF else -LOUD} for number in range(2 * HALF)],
        size=GROUP,
    )
    carrying = [[carries for _, carries in (*heads[layer], *groups[layer])] for layer in range(2)]
    return Laid(sketch=sketch, carrying=carrying)


def _hops(chain: Chain, where: Places) -> list[tuple[int, int, str]]:
    """(layer, place that is read, direction that is read) of its heads."""
    hops = [(1 if chain.form == "far" else 0, where[0], "bit")]
    return [*hops, (1, chain.by, f"{chain.number} by 0")] if chain.form == "two" else hops


def _shared(chains: Sequence[Chain], count: int, rng: np.random.Generator) -> list[list[Chain]]:
    """Gadgets dealt to groups, so that no group's clips cancel out."""
    while True:
        groups: list[list[Chain]] = [[] for _ in range(count)]
        for carries in (True, False):
            some = [chain for chain in chains if chain.carries is carries]
            for turn, place in enumerate(rng.permutation(len(some))):
                groups[turn % count].append(some[place])
        if all(abs(sum(chain.amount for chain in one if chain.carries)) > PLAIN for one in groups):
            return groups


def _copying(place: int, read: str, written: str) -> Head:
    anywhere: Vector = {f"at {one}": 1.0 for one in range(LENGTH)}
    return Head(looks=[(anywhere, {f"at {place}": SCORE / WIDE**2})], moves=[({read: 1.0}, {written: 1.0})])


def _relay(chain: Chain, rng: np.random.Generator) -> Group:
    shares = rng.dirichlet([20.0] * 4)
    return tuple(
        Neuron(reads={f"{chain.number} by 0": 1.0}, bias=RELAYED, writes={_read(chain): float(share)})
        for share in shares
    )


def _read(chain: Chain) -> str:
    """The direction that its gadget reads."""
    last = 1 if chain.form in {"two", "far"} else 0
    return f"{chain.number} relayed" if chain.form == "relayed" else f"{chain.number} by {last}"


def _gadget(chain: Chain, unit: float) -> list[Neuron]:
    """What is made of the bit, as neurons."""
    amount, th, read = chain.amount * unit, chain.threshold, _read(chain)

    def neuron(slope: float, bias: float, weight: float) -> Neuron:
        return Neuron(reads={read: slope / WIDE}, bias=bias, writes={"said": weight})

    def clip(height: float) -> list[Neuron]:
        k = chain.steep
        return [neuron(k, 0.5 - k * th, height), neuron(k, -0.5 - k * th, -height)]

    if chain.kind == "clip":
        return clip(amount)
    if chain.kind == "tent":
        return [neuron(1, -th, amount / (1 - th)), neuron(-1, th, amount / (1 + th))]
    return [neuron(1, 1.5, amount), *clip(-2 * amount)]


def _middle(chain: Chain) -> float:
    """Half way between what a gadget says of either bit, where `unit` is 1."""
    return chain.amount * {"clip": 0.5, "tent": 1.0, "saw": 0.5}[chain.kind]
