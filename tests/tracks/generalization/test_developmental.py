"""Runs with checkpoints: gates, which of them are asked about, keys, and every fault that a check must report.

The small zoo is put together by hand: three runs that end as a generaliser and three that end as a memoriser share
their weights, so that only one checkpoint and no whole run has to be trained.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, final

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain
from interpbench.models.forward import Params
from interpbench.models.names import generator
from interpbench.models.train import Trained, Training, train
from interpbench.models.zoo import Manifest, ModelRecord, rounded
from interpbench.tracks.generalization import developmental, pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.key import RunKey
from interpbench.tracks.generalization.pairing import Candidate
from interpbench.tracks.generalization.recipe import Kind, Recipe, Verdict
from interpbench.tracks.generalization.track import TRACK
from interpbench.tracks.instance import Instance, Problem

P = 17
FIT = Training(learning_rate=1e-2, weight_decay=1.5, max_steps=400)
EARLY, LATE, LAST = 80, 300, 400
SEED = "test-1"


@final
class Running(GeneralizationTask):
    """(a + b) mod 17, runs alone."""

    name = "small"
    version = "1.0"
    splits = 2
    domain = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
    strata = (
        Stratum(
            name="mlp",
            architecture=lambda _: MLPConfig(
                vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=64, activation="square"
            ),
            pools=(pools.runs(FIT, 0.85, steps=LAST, count=6, checkpoints=(EARLY, LATE)),),
        ),
    )

    def label(self, tokens: Tensor) -> Tensor:
        """The sum."""
        return tokens.sum(dim=1, keepdim=True) % P

    def orbit(self, tokens: Tensor) -> Tensor:
        """(a, b) and (b, a) belong together."""
        return torch.sort(tokens, dim=1).values


def recipe_of(replicate: int, step: int | None) -> Recipe:
    return next(one for one in Running().recipes("quick") if (one.replicate, one.step) == (replicate, step))


@pytest.fixture(scope="module")
def kept(zoo: Any) -> dict[str, Params]:
    """Weights of what is stored: runs 0 to 2 have come to generalise at `LATE`, runs 3 to 5 have not at the end."""
    early, _ = Running().train(recipe_of(0, EARLY), 0)
    good = next(params for name, params in zoo.weights.items() if "-generaliser-" in name)
    bad = next(params for name, params in zoo.weights.items() if "-recipe-" in name)
    out: dict[str, Params] = {}
    for replicate in range(6):
        out[recipe_of(replicate, EARLY).id] = rounded(early)
        out[recipe_of(replicate, None).id] = good if replicate < 3 else bad
        if replicate < 3:
            out[recipe_of(replicate, LATE).id] = good
    return out


def running(kept: dict[str, Params]) -> Running:
    """A task over these networks, measured afresh."""
    task = Running()
    models = {
        one.id: ModelRecord(
            config=one.config,
            sha256="",
            recipe=one.model_dump(mode="json"),
            trained=Trained(steps=1, loss=0.0, seconds=0.0),
            measured=task.measure(one, kept[one.id]),
        )
        for one in task.recipes("quick")
        if one.id in kept
    }
    return Running(Manifest(task="generalization/small", version="1.0", models=models), kept.__getitem__)


def said(problems: Iterable[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems)


def first(task: Running, replicate: int) -> Instance:
    name = recipe_of(replicate, EARLY).id
    return task.build(next(ref for ref in task.refs(SEED, "quick") if ref.units[0].startswith(f"{name}@")))


# recipes


def test_a_checkpoint_is_named_after_its_run_and_no_other_name_changes(recipe: Callable[..., Recipe]) -> None:
    end = recipe("run", tries=1)
    cut = end.model_copy(update={"step": 30})
    assert (cut.id, cut.run, end.run) == (f"{end.id}~30", end.id, end.id)
    assert "step" not in end.model_dump(mode="json")
    assert Recipe.model_validate(cut.model_dump(mode="json")) == cut


@pytest.mark.parametrize("changed", [{"tries": 2}, {"training": {"decay": 0.1}}, {"training": {"stop_loss": 0.1}}])
def test_a_run_with_checkpoints_must_not_depend_on_where_it_is_cut(
    recipe: Callable[..., Recipe], changed: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="one try, a constant learning rate and no loss to stop at"):
        recipe("run", step=30, **({"tries": 1} | changed))


def test_a_checkpoint_is_what_its_run_was_at_that_step() -> None:
    task = Running()
    cut = recipe_of(1, EARLY).model_copy(update={"step": 10})
    rows = task.rowsets(cut).training
    whole = cut.training.model_copy(update={"stop_loss": 1e9})  # which ends the run at its first look, at step 10
    wanted, trained = train(cut.config, rows, whole, generator("generalization", "small", cut.run, 0))
    got, _ = task.train(cut, 0)
    assert trained.steps == 10
    assert all(torch.equal(got[name], value) for name, value in wanted.items())


def test_runs_are_on_the_first_split_with_all_their_steps() -> None:
    recipes = Running().recipes("standard")
    assert {one.split for one in recipes} == {0}
    assert len({one.id for one in recipes}) == len(recipes) == 6 * 3
    assert {one.step for one in recipes} == {EARLY, LATE, None}
    assert Running().recipes("smoke") == []


@pytest.mark.parametrize(
    ("step", "accuracy", "why"),
    [
        (None, 0.3, None),
        (None, 0.97, None),
        (None, 0.8, "test accuracy 0.800 at the end of the run: between"),
        (80, 0.1, None),
        (80, 0.97, None),
        (80, 0.3, "test accuracy 0.300 at step 80: neither near chance nor a generaliser"),
    ],
)
def test_the_gate_of_a_run(recipe: Callable[..., Recipe], step: int | None, accuracy: float, why: str | None) -> None:
    assert developmental.refusal(recipe("run", tries=1, step=step), accuracy, 1 / 17) == why


def test_the_rows_must_be_fitted_first() -> None:
    measured = {"train_accuracy": 0.99, "test_accuracy": 0.05}
    assert Running().gate(recipe_of(0, EARLY), measured) == "train accuracy 0.9900, wanted exactly 1"


# which of them are asked about


def path(candidate: Callable[..., Candidate], replicate: int, accuracies: dict[int | None, float]) -> list[Candidate]:
    return [
        candidate("run", replicate, accuracy, tries=1, step=step, training={"max_steps": 500})
        for step, accuracy in accuracies.items()
    ]


def asked(found: list[Candidate]) -> set[tuple[int, int]]:
    """(run, step) of every instance."""
    by_name = {one.model: one for one in found}
    units = [units[0].rpartition("@")[0] for _, _, units, _ in developmental.checkpoints(by_name, 0.0)]
    return {(by_name[name].recipe.replicate, by_name[name].recipe.step or 0) for name in units}


def test_a_run_is_asked_about_while_nothing_is_to_be_seen(candidate: Callable[..., Candidate]) -> None:
    found = []
    for replicate in range(3):
        found += path(candidate, replicate, {100: 0.0, 200: 0.1, 300: 0.11, 400: 0.96, None: 1.0})
        found += path(candidate, 10 + replicate, {100: 0.0, 200: 0.05, 300: 0.1, None: 0.3})
    assert asked(found) == {(run, step) for run in (0, 1, 2, 10, 11, 12) for step in (100, 200)}


def test_a_step_needs_runs_of_both_outcomes(candidate: Callable[..., Candidate]) -> None:
    found = []
    for replicate in range(3):
        late: dict[int | None, float] = {200: 0.0} if replicate else {}
        found += path(candidate, replicate, {100: 0.0, **late, None: 1.0})
        found += path(candidate, 10 + replicate, {100: 0.0, 200: 0.0, None: 0.0})
    assert {step for _, step in asked(found)} == {100}


def test_nobody_is_asked_about_a_run_without_an_outcome(candidate: Callable[..., Candidate]) -> None:
    found = []
    for replicate in range(4):
        found += path(candidate, replicate, {100: 0.0, None: 1.0 if replicate else 0.8})
        found += path(candidate, 10 + replicate, {100: 0.0, None: 0.0})
    found = [one for one in found if one.recipe.replicate != 11 or one.recipe.step is not None]
    assert asked(found) == {(run, 100) for run in (1, 2, 3, 10, 12, 13)}


def test_what_no_instance_rests_on_is_spare(candidate: Callable[..., Candidate]) -> None:
    found = [*path(candidate, 9, {100: 0.0, None: 0.8}), candidate("generaliser")]
    for replicate in range(3):
        found += path(candidate, replicate, {100: 0.0, 300: 0.96, 400: 1.0, None: 1.0})
        found += path(candidate, 10 + replicate, {100: 0.0, 300: 0.0, None: 0.0})
    spare = developmental.spare({one.model: one for one in found}, 0.0)
    by_name = {one.model: (one.recipe.replicate, one.recipe.step) for one in found}
    assert {by_name[name] for name in spare} == {
        *((run, 400) for run in range(3)),
        *((run, 300) for run in (10, 11, 12)),
        (9, 100),
        (9, None),
    }


def test_arrival_is_the_first_stored_generaliser() -> None:
    assert developmental.arrival({100: 0.1, 300: 0.96, 200: 0.94}, 500) == 300
    assert developmental.arrival({100: 0.1}, 500) == 500


# the small zoo


def test_instances_and_keys(kept: dict[str, Params]) -> None:
    task = running(kept)
    found = task.refs(SEED, "quick")
    assert {ref.kind for ref in found} == {Kind.DEVELOPMENTAL}
    assert len(found) == 6
    assert task.spare(task.manifest.models) == set()
    for replicate in range(6):
        instance = first(task, replicate)
        assert said(task.check(instance)) == ""
        became = Verdict.GENERALISER if replicate < 3 else Verdict.MEMORISER
        run = recipe_of(replicate, None).id
        assert instance.ref.members == ((became.value, run),)
        assert isinstance(instance.key, RunKey)
        assert (instance.key.step, instance.key.last) == (EARLY, LAST)
        assert instance.key.arrival == (LATE if replicate < 3 else None)
        assert instance.key.test == pytest.approx(task.manifest.models[run].measured["test_accuracy"])
        assert TRACK.read_key(instance.key.model_dump(mode="json")) == instance.key
        answer = TRACK.read_answer(TRACK.oracle(task, instance.ref.units[0], instance.ref.suite_seed))
        assert answer.score == instance.key.test


def test_bundles_of_a_step_differ_in_weight_values_alone(kept: dict[str, Params]) -> None:
    task = running(kept)
    units = [ref.units[0] for ref in task.refs(SEED, "quick")]
    data = [task.question(unit, SEED).bundle(Tier.DATA).files() for unit in units]
    assert all(files == data[0] for files in data)
    questions = [task.question(unit, SEED).bundle(Tier.WEIGHTS).question for unit in units]
    assert all(question == questions[0] for question in questions)
    assert not any(str(EARLY) in str(question) for question in questions)


def test_the_past_comes_in_the_disguise_of_the_question(kept: dict[str, Params]) -> None:
    same = running(kept | {recipe_of(0, LATE).id: kept[recipe_of(0, EARLY).id]})
    question = same.question(f"{recipe_of(0, LATE).id}@0.85", SEED)
    (earlier,) = question.earlier
    assert all(torch.equal(earlier[name], value) for name, value in question.params.items())
    assert running(kept).question(f"{recipe_of(0, EARLY).id}@0.85", SEED).earlier == []
    assert running(kept).question(f"{recipe_of(0, None).id}@0.85", SEED).earlier == []


def changed(kept: dict[str, Params], replicate: int, step: int | None, other: tuple[int, int | None]) -> Running:
    return running(kept | {recipe_of(replicate, step).id: kept[recipe_of(*other).id]})


def test_faults_of_the_weights_are_reported(kept: dict[str, Params]) -> None:
    good = first(running(kept), 0)
    end = changed(kept, 0, None, (3, None))
    assert "the run ends as memoriser, the key says that it arrives at 300" in said(end.check(good)).replace("\n", " ")
    assert "at the end of the run" in said(end.check(good))
    assert f"('{Verdict.GENERALISER.value}', '{recipe_of(0, None).id}')" in said(end.check(good))
    early = changed(kept, 0, LATE, (3, None))
    assert f"first generaliser of the run at step {LAST}, the key says {LATE}" in said(early.check(good))


def test_faults_of_the_question_are_reported(kept: dict[str, Params]) -> None:
    task = running(kept)
    instance = first(task, 0)
    ((unit, question),) = instance.questions.items()
    late = replace(question, params=kept[recipe_of(0, LATE).id])
    assert f"at step {EARLY} already" in said(task.check(replace(instance, questions={unit: late})))
    broken = {name: torch.zeros_like(value) for name, value in question.params.items()}
    blank = replace(question, params=broken)
    assert "wanted exactly 1" in said(task.check(replace(instance, questions={unit: blank})))


@pytest.mark.parametrize(
    ("update", "what"),
    [
        ({"test": 0.5}, "0.500000 in the key"),
        ({"arrival": None}, "the key says that it arrives at None"),
        ({"arrival": LAST}, f"first generaliser of the run at step {LATE}, the key says {LAST} of {LAST}"),
    ],
)
def test_a_wrong_key_is_reported(kept: dict[str, Params], update: dict[str, Any], what: str) -> None:
    task = running(kept)
    instance = first(task, 0)
    assert what in said(task.check(replace(instance, key=instance.key.model_copy(update=update))))


def test_a_checkpoint_that_belongs_to_another_run_is_reported(kept: dict[str, Params]) -> None:
    ends = {run: {"weight": torch.randn(200, generator=generator(run))} for run in "abc"}
    part = {"weight": 0.3 * ends["b"]["weight"] + torch.randn(200, generator=generator("rest"))}
    assert developmental.check_kinship("b", part, ends) == []
    (fault,) = developmental.check_kinship("a", part, ends)
    assert "a checkpoint of a resembles the end of b" in fault
    task = running(kept)
    instance = first(task, 3)
    stolen = running(kept | {recipe_of(3, EARLY).id: kept[recipe_of(4, None).id]})
    assert said(task.check(instance)) == ""
    assert "resembles" not in said(stolen.check(instance))  # runs 3 and 4 end with the same weights here
    moved = running(kept | {recipe_of(3, EARLY).id: kept[recipe_of(0, None).id]})
    assert "resembles the end of" in said(moved.check(instance))


def test_a_run_counted_under_another_name_is_reported(kept: dict[str, Params]) -> None:
    task = running(kept)
    instance = first(task, 0)
    other = replace(instance.ref, members=((Verdict.GENERALISER.value, recipe_of(1, None).id),))
    assert "its checkpoint is counted as one of" in said(task.check(replace(instance, ref=other)))
