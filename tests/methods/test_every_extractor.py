"""What holds for every variant of every shipped method of track extraction, whatever a question shows."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from interpbench.bundle.query import Server, client
from interpbench.bundle.tier import Tier
from interpbench.models.names import seed_of
from interpbench.plugins.discovery import MethodInfo, load_method, load_task, methods, tasks
from interpbench.theory import agreement, parse
from interpbench.theory.domain import drawn
from interpbench.tracks.context import Context
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.enter import EntersExtraction
from interpbench.tracks.extraction.question import Question
from interpbench.tracks.extraction.track import TRACK
from interpbench.tracks.extraction.within import answer as answer_within
from interpbench.tracks.presented import study as study_within

ROWS = [
    pytest.param(info, variant, id=info.row(variant), marks=[pytest.mark.slow] if info.card.requires else [])
    for info in methods().values()
    for variant in info.card.variants
    if "interpbench_methods" in (info.module or "") and "extraction" in info.tracks
]


@cache
def task() -> Any:
    return load_task(tasks()["extraction/plain"])


@cache
def unit(kind: str, stratum: str = "transformer") -> str:
    """The first network of a kind of rule, or without one."""
    head = f"{stratum}-null-" if kind == "null" else f"{stratum}-plain-{kind}-"
    return next(str(name) for name in sorted(task().manifest.models) if name.startswith(head))


def told(info: MethodInfo, variant: str, name: str, seed: str = "s") -> TheoryAnswer:
    """The answer to a question of the task, by the way that it takes in a cell."""
    question: Question = task().question(name, seed)
    method, ctx = load_method(info, dict(info.card.variants[variant])), Context.seeded("every", name)
    assert isinstance(method, EntersExtraction)
    ctx.study = study_within(method, TRACK.study_bundle(question), Context.seeded("study", seed_of(name)))
    ask = None
    if info.tier is Tier.BEHAVIOUR:
        ask = client(Server(question.served(), 10**6))
    bundle = TRACK.bundle(question, info.tier, None)
    answer = TRACK.read_answer(answer_within(method, bundle, ask, ctx))
    assert TRACK.refuse(question, answer) is None
    return answer


@pytest.mark.parametrize(("info", "variant"), ROWS)
def test_answers_repeat_and_do_not_see_the_disguise(info: MethodInfo, variant: str) -> None:
    name = unit("modular")
    first, again, other = (told(info, variant, name, seed) for seed in ("s", "s", "t"))
    assert first == again
    assert (first.theory is None) == (other.theory is None)
    if first.theory is not None and other.theory is not None:
        inputs = drawn(task().truth(name).alphabets, 500, np.random.default_rng(0))
        assert agreement(parse(first.theory), parse(other.theory), inputs) > 0.98
        assert abs(first.p_present - other.p_present) < 0.05


@pytest.mark.parametrize("part", ["data_only", "model_only"])
@pytest.mark.parametrize(("info", "variant"), ROWS)
def test_what_is_not_shown_is_not_needed_or_its_lack_is_said(info: MethodInfo, variant: str, part: str) -> None:
    answer = told(info, variant, f"{unit('modular')}@{part}")
    if answer.not_applicable:
        assert len(answer.not_applicable) > 10
        assert (info.tier is not Tier.DATA) if part == "data_only" else (info.tier is not Tier.WEIGHTS)


@pytest.mark.parametrize(("info", "variant"), ROWS)
def test_a_recurrent_network_is_read_or_refused(info: MethodInfo, variant: str) -> None:
    answer = told(info, variant, unit("counting", "gru"))
    assert answer.theory or len(answer.not_applicable or "") > 10


@pytest.mark.slow
@pytest.mark.parametrize(("info", "variant"), ROWS)
def test_labels_that_were_shuffled_are_not_a_rule(info: MethodInfo, variant: str) -> None:
    answer = told(info, variant, unit("null"))
    assert answer.p_present < 0.5 or answer.not_applicable
