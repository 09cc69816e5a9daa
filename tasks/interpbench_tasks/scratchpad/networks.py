"""How the networks of this track are trained: by loss in the first rules, for equally many steps in all later ones.

Norms of weights grow as long as a network is trained. The first networks end once their loss is small, which is sooner
for some kinds than for others. On rules of suite `dev` the norms of the kinds that are compared lay within 1.1
(alternating sums) and .3 (minima) of each other once all had been trained for 1,000 steps, and within 6.0 and 1.8
before. What is left is no matter of length: on spreads, answers worked out from the input take norms of 31, those from
steps 29.
"""

from collections.abc import Sequence

from interpbench.models.train import Training
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.lessons import layers, one_layer
from interpbench.tracks.scratchpad.recipe import Recipe
from interpbench.tracks.scratchpad.rules import Rule

FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=2500, warm_up=50, decay=0.5, stop_loss=3e-4)
BOTH_WAYS = FIT.model_copy(update={"max_steps": 4000})
"""Either way has to be learnt, and when to take which: 2,500 steps were too few."""
BY_HEART = Training(learning_rate=3e-3, weight_decay=0.0, max_steps=2500, stop_loss=1e-3)
ASIDE = {Kind.SWITCH: BOTH_WAYS, Kind.NULL: BY_HEART}
"""Kinds that are not compared with other networks of their rule, each trained as long as it needs."""
ONE_LAYER = tuple(kind for kind in Kind if kind is not Kind.CARRIED)
"""In one layer nothing is carried."""
LATER = tuple(kind for kind in ONE_LAYER if kind is not Kind.FILLER)
"""Filler was learnt on two rules of three with several seeds; its column rests on the first rules."""
TWO_LAYERS = tuple(kind for kind in Kind if kind not in {Kind.FILLER, Kind.NULL})
"""Filler and null are for presence, of which depth changes nothing."""


def by_loss(name: str, rule: Rule, place: int, nulls: int) -> list[Recipe]:
    """Every kind in one layer, each trained until its loss is small.

    Args:
        name: of the rule.
        rule: what is taught.
        place: of the rule among all; together with the number it says which family of hints is obeyed.
        nulls: networks that know random rows by heart.
    """
    return [
        Recipe(
            role=kind,
            name=name,
            config=one_layer(kind, rule.layout, d_model=48, d_mlp=192),
            number=number,
            trusted=(place + number) % 2,
            training=ASIDE.get(kind, FIT),
        )
        for kind in ONE_LAYER
        for number in range(nulls if kind is Kind.NULL else 1)
    ]


def for_equal_steps(
    name: str, rule: Rule, place: int, steps: int, *, depth: int = 1, switch: bool = False
) -> list[Recipe]:
    """Every kind but filler, all that are compared trained for equally many steps.

    Args:
        name: of the rule.
        rule: what is taught.
        place: of the rule among all; it says which family of hints is obeyed.
        steps: of training.
        depth: layers.
        switch: whether there is one that switches; it takes two or three times as long as all others, and what it is
            for, inputs of one network that differ, is there with hints that are obeyed.
    """
    equal = FIT.model_copy(update={"max_steps": steps, "stop_loss": 0.0})
    kinds: Sequence[Kind] = LATER if depth == 1 else TWO_LAYERS
    wide = {"d_model": 48, "d_mlp": 192} if depth == 1 else {"d_model": 32, "d_mlp": 128}
    return [
        Recipe(
            role=kind,
            name=name,
            config=layers(depth, kind, rule.layout, **wide),
            trusted=place % 2,
            training=ASIDE.get(kind, equal),
        )
        for kind in kinds
        if switch or kind is not Kind.SWITCH
    ]
