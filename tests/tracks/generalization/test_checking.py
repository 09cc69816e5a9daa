"""Controls: every way of being wrong that is tried here must be reported, and nothing else."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
import torch

from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.tracks.generalization.checking import Right, check_instance, places
from interpbench.tracks.generalization.key import PairKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.generalization.splits import Universe
from interpbench.tracks.instance import Instance, Problem, Ref

SEED = "test-1"


def refs_of(zoo: Any, kind: str) -> list[Ref]:
    return [ref for ref in zoo.task().refs(SEED, "quick") if ref.kind == kind]


def said(problems: Iterable[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems)


def rebuilt(instance: Instance, unit: str, **changed: Any) -> Instance:
    questions = instance.questions | {unit: replace(instance.questions[unit], **changed)}
    return replace(instance, questions=questions)


@pytest.fixture
def pair(zoo: Any) -> Instance:
    return zoo.task().build(refs_of(zoo, "recipe")[0])  # type: ignore[no-any-return]


def test_control_a_corrupted_weight_is_reported(zoo: Any, pair: Instance) -> None:
    for unit in pair.ref.units:
        params = dict(pair.questions[unit].params)
        params["head.weight"] = params["head.weight"].clone()
        params["head.weight"][0] = 0
        problems = said(zoo.task().check(rebuilt(pair, unit, params=params)))
        assert f"{pair.ref.id}: {unit}: train accuracy 0.9" in problems
        assert "wanted exactly 1" in problems


def test_control_a_weight_whose_change_only_test_rows_feel_is_reported(zoo: Any, pair: Instance) -> None:
    unit = next(u for u, (became, _) in zip(pair.ref.units, pair.ref.members, strict=True) if became == "generaliser")
    other = next(u for u in pair.ref.units if u != unit)
    problems = said(zoo.task().check(rebuilt(pair, unit, params=pair.questions[other].params)))
    assert "train accuracy" not in problems  # the memoriser knows the shown rows too
    assert "from the weights" in problems


def test_control_a_swapped_label_is_reported(zoo: Any, pair: Instance) -> None:
    unit = pair.ref.units[0]
    rows = pair.questions[unit].rows
    labels = rows.labels.clone()
    labels[0], labels[1] = rows.labels[1], rows.labels[0]
    problems = said(zoo.task().check(rebuilt(pair, unit, rows=Rows(tokens=rows.tokens, labels=labels))))
    assert f"{unit}: the shown rows do not follow the rule" in problems


@pytest.mark.parametrize("change", [{"test_a": 0.123}, {"test_b": 0.123}])
def test_control_a_wrong_key_is_reported(zoo: Any, pair: Instance, change: dict[str, float]) -> None:
    problems = said(zoo.task().check(replace(pair, key=pair.key.model_copy(update=change))))
    assert "test accuracies [" in problems
    assert "0.123" in problems


def test_control_a_turned_key_is_reported(zoo: Any, pair: Instance) -> None:
    turned = PairKey(kind=pair.key.kind, test_a=pair.key.test_b, test_b=pair.key.test_a)
    assert "in the key" in said(zoo.task().check(replace(pair, key=turned)))


def test_control_a_pair_that_is_called_null_is_reported(zoo: Any, pair: Instance) -> None:
    null = pair.key.model_copy(update={"kind": Kind.NULL})
    assert "a null pair of ['generaliser', 'memoriser'], wanted two of a kind" in said(
        zoo.task().check(replace(pair, key=null))
    )


def test_control_a_null_that_is_called_a_pair_is_reported(zoo: Any) -> None:
    task = zoo.task()
    null = task.build(refs_of(zoo, "null")[0])
    wrong = null.key.model_copy(update={"kind": Kind.RECIPE})
    assert "wanted one generaliser and one memoriser" in said(task.check(replace(null, key=wrong)))


def test_control_a_generaliser_handed_out_as_memoriser_is_reported(zoo: Any, pair: Instance) -> None:
    """Even where key and weights agree with each other: the zoo itself holds the wrong network."""
    by_class = dict(pair.ref.members)
    forged = zoo.task(**{by_class["memoriser"]: zoo.weights[by_class["generaliser"]]})
    problems = said(forged.check(forged.build(pair.ref)))
    assert "a pair of ['generaliser', 'generaliser'], wanted one generaliser and one memoriser" in problems
    assert "in the key" not in problems


def test_control_a_wrong_graded_key_is_reported(zoo: Any) -> None:
    task = zoo.task()
    one = task.build(refs_of(zoo, "graded")[0])
    assert "in the key" in said(task.check(replace(one, key=one.key.model_copy(update={"test": 0.5}))))


def test_control_rows_of_another_split_are_reported(zoo: Any, pair: Instance) -> None:
    task = zoo.task()
    rows = task.universe.rows[task.split(1).shown(0.85)]
    unit = pair.ref.units[0]
    problems = said(task.check(rebuilt(pair, unit, rows=rows)))
    assert f"{unit}: a shown row was not trained on" in problems
    assert "the two networks are shown different rows" in problems


def test_control_another_architecture_is_reported(zoo: Any, pair: Instance) -> None:
    unit = pair.ref.units[0]
    asked = pair.questions[unit]
    wider = {name: torch.cat([value, torch.zeros_like(value)], dim=-1) for name, value in asked.params.items()}
    params: Params = asked.params | {name: wider[name] for name in ("embed.weight", "embed.bias", "head.weight")}
    config = asked.config.model_copy(update={"d_mlp": 2 * asked.config.d_mlp})
    assert said(zoo.task().check(rebuilt(pair, unit, params=params, config=config))) == (
        f"{pair.ref.id}: the two networks differ in architecture"
    )


def test_control_a_row_that_is_no_input_of_the_family_is_reported(zoo: Any, pair: Instance) -> None:
    whole = zoo.task().universe
    kept = ~(whole.rows.tokens == pair.questions[pair.ref.units[0]].rows.tokens[0]).all(dim=1)
    cut = replace(whole, rows=whole.rows[kept], orbits=whole.orbits[kept], atoms=whole.atoms[kept])
    recipes = {recipe.id: recipe for recipe in zoo.task().recipes("quick")}
    trained_on = {unit: zoo.task().rowsets(recipes[unit.rpartition("@")[0]]).seen[kept] for unit in pair.ref.units}
    problems = check_instance(pair, cut, zoo.task().label, trained_on, zoo.task().chance)
    assert "a shown row" in said(problems)


def universe(tokens: torch.Tensor, vocabulary: int) -> Universe:
    labels = torch.zeros(len(tokens), 1, dtype=torch.int64)
    domain = Domain(alphabets=(tuple(range(vocabulary)),) * tokens.shape[1], positions=(0,), classes=2)
    return Universe(
        domain=domain, rows=Rows(tokens=tokens, labels=labels), orbits=torch.arange(len(tokens)), atoms=labels
    )


def test_places_are_where_rows_stand_whatever_the_order() -> None:
    tokens = torch.tensor([[2, 0], [0, 1], [1, 1], [0, 0]])
    of = universe(tokens, 3)
    for order in ([0, 1, 2, 3], [3, 1], [2, 2, 0]):
        assert places(of, of.rows[torch.tensor(order)]).tolist() == order
    with pytest.raises(ValueError, match="outside of the universe"):
        places(of, Rows(tokens=torch.tensor([[3, 0]]), labels=torch.zeros(1, 1, dtype=torch.int64)))


def test_places_of_long_inputs_with_many_tokens() -> None:
    of = universe(torch.randint(16, (50, 18), generator=torch.Generator().manual_seed(0)).sort(dim=0).values, 16)
    of.rows.tokens[1] = of.rows.tokens[0]
    of.rows.tokens[1, -1] = (of.rows.tokens[0, -1] + 1) % 16
    assert places(of, of.rows).tolist() == list(range(50))


def test_only_what_rounding_decides_is_left_open() -> None:
    right = torch.tensor([True, True, False, False, True])
    tied = torch.tensor([False, True, True, False, False])
    truth, unseen = torch.zeros(5, 2).long(), torch.tensor([True, True, True, True, False])
    assert Right(right=right, tied=tied).accuracy(truth, unseen) == (0.5, 0.25, 0.75)
    assert Right(right=right, tied=torch.zeros(5).bool()).accuracy(truth, unseen) == (0.5, 0.5, 0.5)
