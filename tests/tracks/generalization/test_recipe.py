from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from interpbench.tracks.generalization.recipe import Recipe, Verdict, verdict

STEERED = {
    "source": "g",
    "partner": {"id": "m", "fraction": 0.3},
    "shown": 0.3,
    "generalises": True,
    "signs": {"norm": 1, "loss": 1, "margin": 1, "confidence": 1},
}


@pytest.mark.parametrize(
    ("test", "chance", "became"),
    [
        (1.0, 0.1, Verdict.GENERALISER),
        (0.95, 0.1, Verdict.GENERALISER),
        (0.9499, 0.1, Verdict.BETWEEN),
        (0.5001, 0.1, Verdict.BETWEEN),
        (0.5, 0.1, Verdict.MEMORISER),
        (0.0, 0.1, Verdict.MEMORISER),
        (0.5, 0.3, Verdict.MEMORISER),  # .3 + .2 is .5
        (0.7, 0.5, Verdict.MEMORISER),
        (0.7001, 0.5, Verdict.BETWEEN),
        (0.5, 0.0, Verdict.MEMORISER),
    ],
)
def test_thresholds_lie_where_the_track_says(test: float, chance: float, became: Verdict) -> None:
    assert verdict(test, chance) is became


def test_what_each_role_is_wanted_to_become(recipe: Callable[..., Recipe]) -> None:
    assert recipe("generaliser").wanted is Verdict.GENERALISER
    assert {recipe(role).wanted for role in ("recipe", "fraction", "contaminated")} == {Verdict.MEMORISER}
    assert recipe("seed").wanted is None
    assert recipe("rule", labels="random").wanted is Verdict.MEMORISER
    assert recipe("shortcut").wanted is Verdict.MEMORISER
    assert recipe("shortcut", hidden=0.5).wanted is Verdict.GENERALISER
    assert recipe("matched", steered=STEERED).wanted is Verdict.GENERALISER
    assert recipe("matched", steered=STEERED | {"generalises": False}).wanted is Verdict.MEMORISER


def test_an_id_changes_with_every_field_and_with_nothing_else(recipe: Callable[..., Recipe]) -> None:
    plain = recipe("recipe")
    changes: list[dict[str, Any]] = [
        {"name": "other"},
        {"stratum": "gru"},
        {"split": 1},
        {"fraction": 0.61},
        {"training": {"weight_decay": 0.5}},
        {"random_labels": {}},
        {"poison": 0.5},
        {"hidden": 0.5},
        {"wide_start": 1.0},
        {"labels": "random"},
        {"replicate": 1},
        {"steered": STEERED},
        {"steered": STEERED | {"signs": {"norm": 1, "loss": 1, "margin": 1, "confidence": -1}}},
        {"steered": STEERED | {"partner": {"id": "m", "fraction": 0.2}}},
        {"steered": STEERED | {"steering": {"steps": 7}}},
        {"config": plain.config.model_dump() | {"d_mlp": 7}},
    ]
    ids = [plain.id, recipe("fraction", fraction=0.6).id, *(recipe("recipe", **change).id for change in changes)]
    assert len(set(ids)) == len(ids)
    assert Recipe.model_validate(plain.model_dump(mode="json")).id == plain.id
    assert plain.id.startswith("mlp-0-recipe-decay-0-")
    assert recipe("recipe", tries=9).id == plain.id  # how often one may try decides nothing about the weights


def test_a_network_that_is_trained_has_no_trace_of_steering(recipe: Callable[..., Recipe]) -> None:
    """Or every network would have to be trained again."""
    assert "steered" not in recipe("recipe").model_dump(mode="json")
    copy = recipe("matched", fraction=0.6, steered=STEERED)
    assert Recipe.model_validate(copy.model_dump(mode="json")) == copy
    assert (recipe("recipe").sources, copy.sources) == ((), ("g", "m"))
    assert (recipe("recipe", fraction=0.6).shown, copy.shown) == (0.6, 0.3)


def test_an_unknown_role_names_those_that_there_are(recipe: Callable[..., Recipe]) -> None:
    with pytest.raises(
        ValidationError,
        match="'generaliser', 'recipe', 'fraction', 'seed', 'contaminated', 'rule', 'shortcut', 'run' or 'matched'",
    ):
        recipe("memoriser")
