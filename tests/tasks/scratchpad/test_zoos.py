"""What was measured of the shipped networks: ties that hold for any weights, and no rule with one answer alone."""

from collections import defaultdict
from pathlib import Path

import pytest

import interpbench_tasks.scratchpad as tasks
from interpbench.models.zoo import Manifest, ModelRecord, read_manifest
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.recipe import Recipe

ZOOS = {name: read_manifest(Path(tasks.__file__).parent / name) for name in ("stated_steps", "dev_steps")}


def networks(zoo: Manifest) -> list[tuple[Recipe, ModelRecord]]:
    return [(Recipe.model_validate(record.recipe), record) for record in zoo.models.values()]


@pytest.mark.parametrize("zoo", ZOOS.values(), ids=ZOOS)
def test_what_the_mask_settles_is_what_was_measured(zoo: Manifest) -> None:
    for recipe, record in networks(zoo):
        if recipe.role is Kind.DECORATIVE:  # at any depth
            assert record.measured["followed"] == 0
        if recipe.role is Kind.FORCED and recipe.layers == 1:
            assert record.measured["followed"] >= 0.99


@pytest.mark.parametrize("zoo", ZOOS.values(), ids=ZOOS)
def test_every_rule_and_depth_has_networks_of_either_answer(zoo: Manifest) -> None:
    followed = defaultdict(list)
    for recipe, record in networks(zoo):
        if recipe.role not in {Kind.NULL, Kind.FILLER}:
            followed[recipe.stratum, recipe.name].append(record.measured["followed"])
    for found in followed.values():
        assert any(share > 0.95 for share in found)
        assert sum(share < 0.05 for share in found) >= 2


def test_the_public_zoo_stays_small() -> None:
    assert (Path(tasks.__file__).parent / "stated_steps" / "zoo.safetensors").stat().st_size < 6e6
