"""Builders that the tests of this track share: candidates and refs by hand, and one small family trained once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import pytest
import torch
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig
from interpbench.models.data import Domain
from interpbench.models.forward import Params
from interpbench.models.train import Training
from interpbench.models.zoo import Manifest, ModelRecord, rounded, tensors_hash
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Pool, Stratum
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.pairing import Candidate
from interpbench.tracks.generalization.recipe import Recipe, Verdict
from interpbench.tracks.instance import Ref

P = 17
FIT = Training(learning_rate=1e-2, weight_decay=1.5, max_steps=400)


def _square(_: Domain) -> ModelConfig:
    return MLPConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=64, activation="square")


@final
class Small(GeneralizationTask):
    """(a + b) mod 17 by an x^2 perceptron: nine networks and four steered copies in a few seconds."""

    name = "small"
    version = "1.0"
    splits = 1
    domain = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
    strata = (
        Stratum(
            name="mlp",
            architecture=_square,
            matched=1,
            pools=(
                Pool(role="generaliser", name="decay", fraction=0.85, training=FIT),
                Pool(
                    role="recipe",
                    name="no_decay",
                    fraction=0.85,
                    training=Training(learning_rate=1e-2, weight_decay=0.0, max_steps=400, stop_loss=0.01),
                ),
                Pool(role="fraction", name="decay", fraction=0.3, training=FIT),
                Pool(role="contaminated", name="decay", fraction=0.85, training=FIT, poison=1.0),
                pools.random_rule(FIT, 0.85, count=1),
            ),
        ),
    )

    def label(self, tokens: Tensor) -> Tensor:
        """The sum."""
        return tokens.sum(dim=1, keepdim=True) % P

    def orbit(self, tokens: Tensor) -> Tensor:
        """(a, b) and (b, a) belong together."""
        return torch.sort(tokens, dim=1).values


@dataclass(frozen=True, kw_only=True, eq=False)
class Zoo:
    """The small family, trained, with its weights as decoded from fp16."""

    manifest: Manifest
    weights: dict[str, Params]

    def task(self, **changed: Params) -> Small:
        """A fresh task over this zoo, some networks replaced."""
        return Small(self.manifest, (self.weights | changed).__getitem__)


@pytest.fixture(scope="session")
def zoo() -> Zoo:
    """Trained through the whole line: recipes, train, rounded, measure, gate, manifest."""
    task = Small()
    models: dict[str, ModelRecord] = {}
    weights: dict[str, Params] = {}
    task.load = weights.__getitem__
    for recipe in task.recipes("quick"):
        for attempt in range(recipe.tries):
            params, trained = task.train(recipe, attempt)
            params = rounded(params)
            measured = task.measure(recipe, params)
            if task.gate(recipe, measured) is None:
                break
        else:
            pytest.fail(f"{recipe.id}: {task.gate(recipe, measured)}")
        weights[recipe.id] = params
        models[recipe.id] = ModelRecord(
            config=recipe.config,
            sha256=tensors_hash(params),
            recipe=recipe.model_dump(mode="json"),
            trained=trained,
            measured=measured,
        )
    manifest = Manifest(task="generalization/small", version="1.0", models=models)
    return Zoo(manifest=Manifest.model_validate_json(manifest.model_dump_json()), weights=weights)


def _recipe(role: str, replicate: int = 0, **changed: Any) -> Recipe:
    return Recipe.model_validate(
        {
            "role": role,
            "name": "decay",
            "stratum": "mlp",
            "config": {"kind": "mlp", "vocabulary": 3, "length": 1, "positions": [0], "classes": 3},
            "split": 0,
            "fraction": 0.3 if role == "fraction" else 0.6,
            "training": {},
            "replicate": replicate,
        }
        | changed
    )


def _candidate(role: str, replicate: int = 0, test: float | None = None, rows: int = 100, **changed: Any) -> Candidate:
    recipe = _recipe(role, replicate, **changed)
    value = test if test is not None else (1.0 if role == "generaliser" else 0.1)
    became = Verdict.GENERALISER if value >= 0.95 else Verdict.MEMORISER if value <= 0.5 else Verdict.BETWEEN
    return Candidate(model=recipe.id, recipe=recipe, verdict=became, test=value, rows=rows)


def _ref(kind: str, index: int = 0, task: str = "generalization/x", graded_in: str = "mlp/graded") -> Ref:
    names = [f"{index}-a"] if kind in {"graded", "developmental"} else [f"{index}-a", f"{index}-b"]
    return Ref(
        task=task,
        suite_seed="s",
        index=index,
        kind=kind,
        units=tuple(f"{name}@0.6" for name in names),
        group=graded_in if kind == "graded" else f"mlp/0/{kind}",
        members=tuple(("any", name) for name in names),
    )


@pytest.fixture(name="recipe", scope="session")
def recipe_builder() -> Callable[..., Recipe]:
    """`recipe(role, replicate, **fields)`."""
    return _recipe


@pytest.fixture(name="candidate", scope="session")
def candidate_builder() -> Callable[..., Candidate]:
    """`candidate(role, replicate, test, **fields of the recipe)`."""
    return _candidate


@pytest.fixture(name="ref", scope="session")
def ref_builder() -> Callable[..., Ref]:
    """`ref(kind, index)`: units `<index>-a@0.6` and, for a pair, `<index>-b@0.6`."""
    return partial(_ref)
