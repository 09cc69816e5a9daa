"""A prompted model as a subject, with models of known answers: one that follows, some that do not, one in part."""

from collections.abc import Callable, Sequence
from threading import Thread

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score

from interpbench.bundle.query import Server, client
from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.models.zoo import Manifest, ModelRecord, tensors_hash
from interpbench.plugins.discovery import load_task, tasks
from interpbench.theory import parse
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.track import TRACK
from interpbench.tracks.extraction.within import answer as answer_within
from interpbench_tasks.extraction.prompted import FAR, FOLLOWS, GLANCE, Prompted
from interpbench_tasks.extraction.prompted.candidates import PROMPTS, RULES, SETTINGS, candidate, candidates

LAST = candidate("last", 1)
ODD = "def rule(x): return 0 if x[1] == 5 and x[2] > 2 else x[3]"
"""What a model that departs from LAST on a twelfth of the inputs follows."""


class Follower:
    """Follows a theory, and keeps what it was asked."""

    def __init__(self, theory: str) -> None:
        self.theory = parse(theory)
        self.prompts: list[str] = []
        self.queries: list[str] = []

    def choose(
        self, prompt: str, queries: Sequence[str], labels: Sequence[str], answers: int, gap: str
    ) -> torch.Tensor:
        self.prompts.append(prompt)
        self.queries += queries
        found = [labels.index(str(int(self.theory.run(self.read(query))))) for query in queries]  # type: ignore[arg-type]
        return torch.tensor(found)[:, None].expand(-1, answers)

    @staticmethod
    def read(query: str) -> list[int]:
        tokens, arrow, rest = query.partition(" -> ")
        assert (arrow, rest) == (" -> ", "")
        return [int(token) for token in tokens.split(" ")]


def asked_of(model: Follower, recipe: Recipe = LAST) -> Prompted:
    record = ModelRecord(
        config=recipe.config,
        sha256=tensors_hash({}),
        recipe=recipe.model_dump(mode="json"),
        trained=Prompted().train(recipe, 0)[1],
        measured=Prompted(model=lambda: model).measure(recipe, {}),
    )
    manifest = Manifest(task="extraction/prompted", version="1.0", models={recipe.id: record})
    model.queries.clear()
    return Prompted(manifest, lambda _: {}, lambda: model)


def values(task: Prompted, theory: str) -> dict[str, float]:
    (ref,) = task.refs("s", "lm")
    return TRACK.judge(ref, task.key(ref), {LAST.id: TheoryAnswer(theory=theory)}, None).values


def test_what_the_question_shows_is_what_the_model_has_read() -> None:
    model = Follower(LAST.theory)
    task = asked_of(model)
    rows = task.question(LAST.id, "s").rows
    task.predict(LAST, {}, np.array([[3, 1, 4, 2]]))
    lines = [line.partition(" -> ") for line in model.prompts[-1].splitlines()]
    assert [Follower.read(f"{left} -> ") for left, _, _ in lines] == rows.tokens.tolist()
    assert [[int(right)] for _, _, right in lines] == rows.labels.tolist()
    assert model.queries == ["3 1 4 2 -> "]


def test_the_gate_lets_a_follower_in_and_looks_beside_the_prompt() -> None:
    model = Follower(LAST.theory)
    task = Prompted(model=lambda: model)
    measured = task.measure(LAST, {})
    assert measured["balanced"] == measured["accuracy"] == 1
    assert task.gate(LAST, measured) is None
    assert 250 < measured["asked"] == len(set(model.queries)) == len(model.queries)
    shown = set(map(tuple, task.rows(LAST).tokens.tolist()))
    assert shown.isdisjoint(tuple(Follower.read(query)) for query in model.queries)


@pytest.mark.parametrize(
    "theory", ["def rule(x): return 0", "def rule(x): return x[0]", "def rule(x): return 5 - x[3]"]
)
def test_the_gate_refuses_a_model_without_a_clue_after_a_glance(theory: str) -> None:
    model = Follower(theory)
    task = Prompted(model=lambda: model)
    measured = task.measure(LAST, {})
    assert len(model.queries) == GLANCE
    assert "balanced accuracy 0." in (task.gate(LAST, measured) or "")


def test_a_constant_that_is_often_right_is_refused() -> None:
    equal = candidate("equal", 1)
    task = Prompted(model=lambda: Follower("def rule(x): return 0"))
    measured = task.measure(equal, {})
    assert measured["accuracy"] == measured["constant"] > 0.75
    assert measured["balanced"] == 0.5 < FAR
    assert task.gate(equal, measured) is not None


def test_balanced_accuracy_is_that_of_scikit_learn() -> None:
    model = Follower("def rule(x): return 0 if x[0] == 1 and x[3] > 3 else x[3]")
    measured = Prompted(model=lambda: model).measure(LAST, {})
    inputs = np.array([Follower.read(query) for query in model.queries])
    said = model.theory.run_many(inputs).integers()
    assert len(inputs) > GLANCE
    assert measured["balanced"] == pytest.approx(balanced_accuracy_score(inputs[:, 3], said))
    assert measured["balanced"] != measured["accuracy"]


def test_the_gate_is_at_nine_tenths() -> None:
    measured = {"asked": 300.0, "accuracy": 0.9, "constant": 0.2}
    assert Prompted().gate(LAST, measured | {"balanced": FOLLOWS}) is None
    assert Prompted().gate(LAST, measured | {"balanced": FOLLOWS - 1e-9}) is not None


def test_a_theory_may_follow_the_model_where_it_departs_from_the_rule() -> None:
    task = asked_of(Follower(ODD))
    rule, own = values(task, LAST.theory), values(task, ODD)
    assert rule["recovered"] == rule["agree"] == rule["exact"] == 1
    assert own["exact"] == 0
    assert own["fidelity"] == own["departures"] == 1
    assert rule["departures"] == 0
    (ref,) = task.refs("s", "lm")
    inputs = np.random.default_rng(0).integers(0, 6, (20_000, 4))
    share = (parse(ODD).run_many(inputs).integers() == inputs[:, 3]).mean()
    assert rule["fidelity"] == pytest.approx(share, abs=0.05)
    assert len(task.key(ref).model) == task.fresh


def test_keys_are_derived_again() -> None:
    task = asked_of(Follower(ODD))
    (ref,) = task.refs("s", "lm")
    instance = task.build(ref)
    assert task.check(instance) == []
    lied = instance.key.model_copy(update={"model": tuple(5 - label for label in instance.key.model)})
    assert task.check(type(instance)(ref=ref, questions=instance.questions, key=lied))


class Copies(EntersExtraction):
    """Says what it was given, as a theory."""

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        if subject is None:
            return NotApplicable("no network")
        answer = int(subject.predict(torch.tensor([[0, 5, 3, 4]]))[0, 0])
        return Extracted(theory=f"def rule(x): return {answer}", p_present=budget / 1000)


def answered(task: Prompted, tier: Tier, ask: Callable[[torch.Tensor], torch.Tensor] | None) -> TheoryAnswer:
    bundle = TRACK.bundle(task.question(LAST.id, "s"), tier, None)
    assert set(bundle.tensors) == {"rows.tokens", "rows.labels"}
    assert "config" not in bundle.question
    return TRACK.read_answer(answer_within(Copies(), bundle, ask, Context.seeded("x")))


def test_it_is_asked_at_tier_behaviour_and_at_no_other() -> None:
    task = asked_of(Follower(ODD))
    server = Server(task.question(LAST.id, "s").served(), 10_000)
    found = answered(task, Tier.BEHAVIOUR, client(server))
    assert (found.theory, found.p_present) == ("def rule(x): return 0", 0.128)
    assert server.count == 1
    for tier in (Tier.WEIGHTS, Tier.CHECKPOINTS):
        assert answered(task, tier, None).not_applicable == "no network"


def test_labels_alone_are_served_and_as_many_as_the_budget_says() -> None:
    task = asked_of(Follower(ODD))
    served = task.question(LAST.id, "s").served()
    tokens = torch.randint(6, (50, 4), generator=torch.Generator().manual_seed(0))
    found = served.logits(tokens)
    assert found.shape == (50, 1, 6)
    assert set(found.flatten().tolist()) == {0.0, 1.0}
    assert found.argmax(-1)[:, 0].tolist() == parse(ODD).run_many(tokens.numpy()).integers().tolist()
    assert served.queries == 128


def test_another_model_behind_the_same_rows_is_another_question() -> None:
    question = asked_of(Follower(ODD)).question(LAST.id, "s")
    other = LAST.model_copy(update={"config": LAST.config.model_copy(update={"model": "another"})})
    files = [
        TRACK.bundle(one, Tier.WEIGHTS, None).files()
        for one in (question, asked_of(Follower(ODD), other).question(other.id, "s"))
    ]
    assert files[0] != files[1]


def test_the_model_is_opened_once_and_no_question_asked_twice() -> None:
    model, opened = Follower(LAST.theory), []

    def ready() -> Follower:
        opened.append(1)
        return model

    task = Prompted(model=ready)
    tokens = np.random.default_rng(0).integers(0, 6, (60, 4))
    threads = [Thread(target=task.predict, args=(LAST, {}, tokens)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert len(model.queries) == len(np.unique(tokens, axis=0))


def test_candidates_are_stated_and_the_zoo_counts_all_of_them() -> None:
    found = candidates()
    assert len({recipe.id for recipe in found}) == len(found) == PROMPTS * len(SETTINGS) * len(RULES)
    manifest = load_task(tasks()["extraction/prompted"]).manifest
    assert sum(tried for _, tried in manifest.yields.values()) == len(found)
    assert sum(kept for kept, _ in manifest.yields.values()) == len(manifest.models) > 0
    assert set(manifest.models) <= {recipe.id for recipe in found}
    assert min(record.measured["balanced"] for record in manifest.models.values()) >= FOLLOWS
