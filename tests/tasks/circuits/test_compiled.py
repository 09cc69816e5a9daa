"""Programs set by hand: they compute what they say, their parts carry, and what nobody reads looks like them."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.plugins.discovery import load_task, tasks
from interpbench.tracks.registry import TRACKS
from interpbench_tasks.circuits.compiled import CompiledPrograms
from interpbench_tasks.circuits.compiled.programs import PROGRAMS, Variant

SEED = "test"


@cache
def task() -> CompiledPrograms:
    found: Any = load_task(tasks()["circuits/compiled"])
    assert isinstance(found, CompiledPrograms)
    return found


@pytest.mark.parametrize("place", [0, 1, 2], ids=list(PROGRAMS))
def test_the_truth_holds_and_a_network_that_does_not_answer_is_refused(place: int) -> None:
    (ref,) = [ref for ref in task().refs(SEED, "quick") if ref.units == (f"net-{place}",)]
    instance = task().build(ref)
    assert task().check(instance) == []
    ((unit, question),) = instance.questions.items()
    track = TRACKS["circuits"].load()
    answers = {unit: track.read_answer(track.oracle(task(), unit, SEED))}
    values = track.judge(ref, track.opened(task(), ref, instance.key), answers, None).values
    assert values["nodes"] == values["auroc"] == values["edges"] == 1
    config, params = question.network
    cut = params | {"layers.0.attn.o.weight": torch.zeros_like(params["layers.0.attn.o.weight"])}
    broken = replace(instance, questions={unit: replace(question, network=(config, cut))})
    assert "judged otherwise" in " ".join(problem.what for problem in task().check(broken))


def test_a_part_that_leaks_and_one_that_is_idle_are_told() -> None:
    own = task().own("net-0")
    nodes = [None, *(1 if mine else 0 for mine in own[1:])]

    def effect(some: Any) -> float:
        return 1.0 if set(some) == {place for place, mine in enumerate(own) if mine and place} else 0.0

    assert task().planted("net-0", nodes, effect) == []
    assert "change" in task().planted("net-0", nodes, lambda _: 1.0)[0]
    for place in (own.index(True, 1), own.index(False)):
        flipped = [1 - node if node is not None and at == place else node for at, node in enumerate(nodes)]
        assert "verdict" in task().planted("net-0", flipped, effect)[0]


def test_parts_look_alike_whether_they_are_read_or_not() -> None:
    """Norms of what heads read with are the same to a tenth, over all networks of size quick."""
    norms: dict[bool, list[float]] = {True: [], False: []}
    for unit in ("net-0", "net-1", "net-2", "net-3", "net-4", "net-5"):
        subject = task().subject(unit)
        width = subject.config.d_head
        for mine, node in zip(task().own(unit)[1:], subject.graph.writers[1:], strict=True):
            if node.name.startswith("a"):
                layer, head = map(int, node.name[1:].split("."))
                rows = slice(width * head, width * (head + 1))
                parts = [subject.params[f"layers.{layer}.attn.{part}.weight"][rows] for part in "qkv"]
                norms[mine].append(float(torch.cat(parts).norm()))
    assert np.mean(norms[True]) == pytest.approx(np.mean(norms[False]), rel=0.1)


def test_programs_say_what_they_are_said_to() -> None:
    induction = Variant(letters=5, length=6, order=(0, 1, 2, 3, 4), offset=2)
    assert PROGRAMS["induction"].label(induction, torch.tensor([[0, 3, 1, 4, 2, 3]])).tolist() == [4]
    brackets = Variant(letters=3, length=4, order=(2, 0, 1))  # 2 opens, 0 closes
    rows = torch.tensor([[2, 0, 2, 0], [2, 2, 0, 0], [0, 2, 2, 0], [2, 2, 1, 0], [1, 1, 1, 1]])
    assert PROGRAMS["brackets"].label(brackets, rows).tolist() == [1, 1, 0, 0, 1]
    largest = Variant(letters=4, length=4, order=(3, 2, 1, 0), places=((0,), (1,), (2,)), by=1)
    assert PROGRAMS["largest"].label(largest, torch.tensor([[3, 2, 3, 0]])).tolist() == [1]


def test_letters_are_asked_about_evenly() -> None:
    for name, program in PROGRAMS.items():
        rng = np.random.default_rng(0)
        variant = program.varied(*program.shape(rng), rng)
        tokens = program.inputs(variant, 2000, torch.Generator().manual_seed(0))
        shares = torch.bincount(program.label(variant, tokens)).float() / 2000
        assert shares.min() > 0.3 / len(shares), name
