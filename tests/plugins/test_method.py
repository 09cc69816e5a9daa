import dataclasses

import pytest

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method, MethodError
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization


class Good(Method, EntersGeneralization):
    name = "good"
    family = Family.WEIGHTS
    version = "1.0"
    tier = Tier.WEIGHTS

    rows: int = 256
    ridge: float = 0.1

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        return self._half(self.rows)

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, object]:  # type: ignore[override]
        return {}

    def prepare(self, ctx: Context) -> None:
        ctx.log("ready")

    def _half(self, value: int) -> float:
        return value / 2


def test_annotated_attributes_are_hyper_parameters() -> None:
    assert Good().parameters == {"rows": 256, "ridge": 0.1}
    assert Good(rows=3).parameters == {"rows": 3, "ridge": 0.1}
    assert Good(rows=3) == Good(rows=3) != Good()


def test_they_are_fixed_once_made_and_named() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Good().rows = 3  # type: ignore[misc]
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        Good(3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'row'"):
        Good(row=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("attribute", ["name", "family", "version", "tier"])
def test_a_missing_attribute_is_named(attribute: str) -> None:
    stated = {"name": "x", "family": Family.WEIGHTS, "version": "1.0", "tier": Tier.DATA}
    del stated[attribute]
    with pytest.raises(MethodError, match=f"^Bad: no `{attribute}`; a method states name, family, version and tier$"):
        type("Bad", (Method, EntersGeneralization), stated)


@pytest.mark.parametrize(
    ("function", "nearest"),
    [("model_scores", "model_score"), ("modelscore", "model_score"), ("prepared", "prepare"), ("studie", "study")],
)
def test_a_function_that_nobody_asks_for_names_the_nearest(function: str, nearest: str) -> None:
    stated = {"name": "x", "family": Family.WEIGHTS, "version": "1.0", "tier": Tier.DATA, function: lambda self: None}
    with pytest.raises(MethodError) as caught:
        type("Bad", (Method, EntersGeneralization), stated)
    assert str(caught.value) == (
        f"Bad.{function}: no track asks for it; did you mean `{nearest}`? "
        "(helpers start with an underscore or stand outside)"
    )


def test_a_method_that_enters_nothing_may_not_answer() -> None:
    stated = {
        "name": "x",
        "family": Family.WEIGHTS,
        "version": "1.0",
        "tier": Tier.DATA,
        "model_score": lambda self: 0.0,
    }
    with pytest.raises(MethodError, match=r"Bad.model_score: no track asks for it"):
        type("Bad", (Method,), stated)


def test_who_enters_and_defines_no_score_cannot_be_made() -> None:
    stated = {"name": "x", "family": Family.WEIGHTS, "version": "1.0", "tier": Tier.DATA}
    lazy = type("Lazy", (Method, EntersGeneralization), stated)
    with pytest.raises(TypeError, match="Can't instantiate abstract class Lazy"):
        lazy()


def test_properties_and_inner_classes_are_not_functions() -> None:
    class Fine(Method):
        name = "fine"
        family = Family.WEIGHTS
        version = "1.0"
        tier = Tier.DATA

        class State:
            pass

        @property
        def twice(self) -> int:
            return 2

    assert Fine().twice == 2
