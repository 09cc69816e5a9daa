"""Which networks the shipped tasks consist of."""

from interpbench.tracks.scratchpad.key import Kind
from interpbench_tasks.scratchpad.dev_steps import DevSteps
from interpbench_tasks.scratchpad.networks import ASIDE
from interpbench_tasks.scratchpad.stated_steps import StatedSteps

PUBLIC, DEV = StatedSteps().recipes("standard"), DevSteps().recipes("dev")

FIRST = {*list(StatedSteps.rules)[:3], *list(DevSteps.rules)[:2]}
"""Trained by loss."""


def test_networks_of_the_first_rules_keep_their_names() -> None:
    names = {recipe.id for recipe in (*PUBLIC, *DEV)}
    assert {"sums-forced-0-11295c", "parities-switch-0-6292ce", "maxima-null-1-761bfc"} <= names
    assert {"minima-free-0-cd976c", "alternating-decorative-0-1d1f42"} <= names
    assert len(names) == len(PUBLIC) + len(DEV)


def test_the_smallest_size_is_one_rule_in_one_layer() -> None:
    small = StatedSteps().recipes("smoke")
    assert {(recipe.name, recipe.layers) for recipe in small} == {("parities", 1)}
    assert len(small) == 10
    assert StatedSteps().recipes("quick") == PUBLIC


def test_every_kind_is_there_for_every_rule_where_it_makes_sense() -> None:
    for recipes, deep in ((PUBLIC, 3), (DEV, 1)):
        kinds: dict[tuple[str, int], set[Kind]] = {}
        for recipe in recipes:
            kinds.setdefault((recipe.name, recipe.layers), set()).add(recipe.role)
        assert sum(depth == 2 for _, depth in kinds) == deep
        for (name, depth), found in kinds.items():
            lacking = {Kind.FILLER, Kind.NULL} if depth == 2 else {Kind.CARRIED}
            assert found | {Kind.SWITCH} == set(Kind) - lacking - (set() if name in FIRST else {Kind.FILLER})


def test_kinds_that_are_compared_are_trained_equally_long_in_later_rules() -> None:
    lengths: dict[tuple[str, int], set[tuple[int, float]]] = {}
    for recipe in (*PUBLIC, *DEV):
        if recipe.role not in ASIDE and (recipe.layers == 2 or recipe.name not in FIRST):
            training = recipe.training
            lengths.setdefault((recipe.name, recipe.layers), set()).add((training.max_steps, training.stop_loss))
    assert all(len(found) == 1 and next(iter(found))[1] == 0 for found in lengths.values())
