from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch

from interpbench.models.config import RecurrentConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.subject import Hidden, Network, Subject
from interpbench.models.train import Training
from interpbench.theory import Theory, canonical, equivalent, parse, size
from interpbench.toolkit.automata import folded, layered_text, layers, loop_texts, smallest
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.automaton_extraction import AutomatonExtraction

LENGTH, LETTERS = 6, 4
ALPHABETS = (tuple(range(LETTERS)),) * LENGTH
NO_ROWS = Rows(tokens=torch.zeros((0, LENGTH), dtype=torch.int64), labels=torch.zeros((0, 1), dtype=torch.int64))

LOOPS = {
    "affine": "def rule(x):\n    s = 0\n    for v in x:\n        s = (s * 2 + v) % 5\n    return s\n",
    "table": "def rule(x):\n    s = 0\n    for v in x:\n        s = ((1, 2, 0), (0, 2, 1))[v == 2][s]\n    return s\n",
    "run": "def rule(x):\n    s = 0\n    for v in x:\n        s = (s + 1) * (v < 3)\n    return s\n",
}
OTHERS = {
    "part": "def rule(x):\n    return sum(x[2:5]) % 3\n",
    "places": "def rule(x):\n    return (x[1] + x[4] * 2) % 4\n",
    "select": "def rule(x):\n    return x[x[0]]\n",
}


def domain(classes: int) -> Domain:
    return Domain(alphabets=ALPHABETS, positions=(LENGTH - 1,), classes=classes)


def follows(rule: Theory, classes: int, wrong: float = 0.0) -> Subject:
    """Answers as a rule says, but for a share of inputs, always the same ones."""

    def ask(tokens: torch.Tensor) -> torch.Tensor:
        answers = rule.run_many(tokens.numpy()).integers()
        code = (tokens.numpy() @ 7 ** np.arange(tokens.shape[1])) * 2654435761 % 10007
        answers = np.where(code < wrong * 10007, (answers + 1) % classes, answers)
        return torch.from_numpy(np.eye(classes)[answers])[:, None]

    return Hidden("weights", ask)


def extracted(rule: Theory, classes: int, wrong: float = 0.0) -> Extracted:
    ctx = Context.seeded("automata")
    found = AutomatonExtraction().extract(follows(rule, classes, wrong), NO_ROWS, domain(classes), 0, ctx)
    assert isinstance(found, Extracted)
    return found


@pytest.mark.parametrize("name", [*LOOPS, *OTHERS])
def test_a_rule_is_found_exactly(name: str) -> None:
    rule = parse((LOOPS | OTHERS)[name])
    found = extracted(rule, 7)
    theory = parse(found.theory)
    assert equivalent(theory, rule, ALPHABETS, np.random.default_rng(0)).equal
    assert found.p_present > 0.95
    if name in LOOPS:
        assert size(canonical(theory)) <= 1.3 * size(canonical(rule))


def test_a_few_faults_do_not_hide_a_loop() -> None:
    rule = parse(LOOPS["table"])
    theory = parse(extracted(rule, 3, wrong=0.001).theory)
    assert equivalent(theory, rule, ALPHABETS, np.random.default_rng(0)).equal


def test_answers_without_a_rule_are_said_to_have_none() -> None:
    values = np.random.default_rng(0).integers(0, 3, LETTERS**LENGTH)

    def ask(tokens: torch.Tensor) -> torch.Tensor:
        place = tokens.numpy() @ LETTERS ** np.arange(LENGTH)
        return torch.from_numpy(np.eye(3)[values[place]])[:, None]

    found = AutomatonExtraction().extract(Hidden("weights", ask), NO_ROWS, domain(3), 0, Context.seeded("none"))
    assert isinstance(found, Extracted)
    assert found.p_present < 0.1


def brute_states(rule: Theory, read: int) -> int:
    """Distinct functions of endings, over all beginnings and all endings."""
    letters = range(LETTERS)
    beginnings = np.array(list(product(letters, repeat=read)), dtype=np.int64).reshape(LETTERS**read, read)
    endings = np.array(list(product(letters, repeat=LENGTH - read)), dtype=np.int64)
    whole = np.concatenate(
        [np.repeat(beginnings, len(endings), axis=0), np.tile(endings, (len(beginnings), 1))], axis=1
    )
    return len(np.unique(rule.run_many(whole).integers().reshape(len(beginnings), -1), axis=0))


@pytest.mark.parametrize("name", ["affine", "table", "places"])
def test_states_are_as_many_as_beginnings_that_endings_tell_apart(name: str) -> None:
    rule = parse((LOOPS | OTHERS)[name])

    def ask(inputs: np.ndarray) -> np.ndarray:
        return rule.run_many(inputs).integers()

    found = layers(ask, LETTERS, LENGTH, 40, np.random.default_rng(0))
    assert found is not None
    assert [len(step) for step in found.steps] == [brute_states(rule, read) for read in range(LENGTH)]
    assert layers(ask, LETTERS, LENGTH, 2, np.random.default_rng(0)) is None


@pytest.mark.parametrize("write", [layered_text, None], ids=["tables", "loops"])
def test_all_ways_to_write_an_automaton_do_what_it_does(write: Callable | None) -> None:  # type: ignore[type-arg]
    rule = parse(LOOPS["table"])
    found = layers(lambda inputs: rule.run_many(inputs).integers(), LETTERS, LENGTH, 40, np.random.default_rng(0))
    assert found is not None
    texts = list(write(found)) if write else [text for one in folded(found, 8) for text in loop_texts(one)]
    assert texts
    for text in texts:
        assert equivalent(parse(text), rule, ALPHABETS, np.random.default_rng(0)).equal
    assert smallest(iter(texts)) is not None


def test_a_rule_that_is_no_loop_is_not_folded() -> None:
    rule = parse("def rule(x):\n    return x[0] * (x[5] == x[1])\n")
    found = layers(lambda inputs: rule.run_many(inputs).integers(), LETTERS, LENGTH, 40, np.random.default_rng(0))
    assert found is not None
    for one in folded(found, 2):
        for text in loop_texts(one):
            assert equivalent(parse(text), rule, ALPHABETS, np.random.default_rng(0)).equal


def test_a_gated_unit_is_read() -> None:
    rule = parse("def rule(x):\n    s = 0\n    for v in x:\n        s = ((1, 0), (1, 1))[v % 2][s]\n    return s\n")
    shape = RecurrentConfig(vocabulary=LETTERS, length=LENGTH, positions=(LENGTH - 1,), classes=2, d_model=24)
    rng = numpy_generator("automata", "stream")

    def batch(_: int) -> Rows:
        tokens = rng.integers(0, LETTERS, (256, LENGTH))
        labels = rule.run_many(tokens).integers()
        return Rows(tokens=torch.from_numpy(tokens), labels=torch.from_numpy(labels)[:, None])

    settings = Training(learning_rate=1e-2, weight_decay=0.01, max_steps=600, warm_up=20, stop_loss=1e-3)
    params, _ = train_on_stream(shape, batch, settings, generator("automata", "unit"))
    found = AutomatonExtraction().extract(Network(shape, params), NO_ROWS, domain(2), 0, Context.seeded("unit"))
    assert isinstance(found, Extracted)
    assert equivalent(parse(found.theory), rule, ALPHABETS, np.random.default_rng(0)).equal


def test_rows_alone_are_not_enough() -> None:
    assert isinstance(AutomatonExtraction().extract(None, NO_ROWS, domain(2), 0, Context.seeded("x")), NotApplicable)
