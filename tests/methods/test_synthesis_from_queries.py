"""Synthesis that asks: within its budget, between twins, behind guards, and without rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Hidden, Subject
from interpbench.theory import Theory, agreement, parse
from interpbench.tracks.context import Context
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.synthesis_from_queries import SynthesisFromQueries

DOMAIN = Domain(alphabets=(tuple(range(5)),) * 7, positions=(6,), classes=5)
METHOD = SynthesisFromQueries(states=200_000, size=80, searches=3)
RNG = np.random.default_rng(0)
FRESH = RNG.integers(0, 5, size=(20_000, 7))
BASE = parse("def rule(x): return (x[1] + 2 * x[4]) % 5")


class Asked:
    """A network that follows a theory, and counts."""

    def __init__(self, rule: Theory) -> None:
        self.rule, self.count = rule, 0
        self.subject: Subject = Hidden("behaviour", self._logits)

    def _logits(self, tokens: Tensor) -> Tensor:
        self.count += len(tokens)
        labels = torch.from_numpy(self.rule.run_many(tokens.numpy()).integers())
        return functional.one_hot(labels, 5).float()[:, None]


def rows_of(rule: Theory, keep: Any = None) -> Rows:
    tokens = RNG.integers(0, 5, size=(400, 7))
    tokens = tokens if keep is None else tokens[keep(tokens)]
    return Rows(tokens=torch.from_numpy(tokens), labels=torch.from_numpy(rule.run_many(tokens).integers()[:, None]))


def told(network: Asked, rows: Rows, budget: int) -> Extracted:
    found = METHOD.extract(network.subject, rows, DOMAIN, budget, Context.seeded("x"))
    assert isinstance(found, Extracted)
    assert network.count <= budget
    return found


@pytest.mark.parametrize("budget", [0, 1, 10, 100, 3000])
def test_it_never_asks_more_than_it_may(budget: int) -> None:
    found = told(Asked(BASE), rows_of(BASE), budget)
    assert agreement(parse(found.theory), BASE, FRESH) == 1


def test_a_question_tells_twins_apart() -> None:
    """On the rows the last token is never 0; the network does otherwise there."""
    twin = parse("def rule(x): return (x[1] + 2 * x[4]) % 5 if x[6] else x[0]")
    rows = rows_of(BASE, lambda tokens: tokens[:, 6] > 0)
    assert agreement(parse(told(Asked(twin), rows, 2000).theory), twin, FRESH) == 1
    assert agreement(parse(told(Asked(BASE), rows, 2000).theory), BASE, FRESH) == 1


def test_many_questions_meet_a_guard_and_few_do_not() -> None:
    guard = "x[0] == 2 and x[3] == 1 and x[5] == 4"
    guarded = parse(f"def rule(x):\n    v = (x[1] + 2 * x[4]) % 5\n    return (v + 3) % 5 if {guard} else v")
    rows = rows_of(BASE, lambda tokens: ~((tokens[:, 0] == 2) & (tokens[:, 3] == 1) & (tokens[:, 5] == 4)))
    many, few = told(Asked(guarded), rows, 5000), told(Asked(guarded), rows, 12)
    assert agreement(parse(many.theory), guarded, FRESH) == 1
    assert agreement(parse(few.theory), BASE, FRESH) == 1


def test_without_rows_it_asks_for_some_and_without_network_it_reads_them() -> None:
    nothing = rows_of(BASE)[:0]
    assert agreement(parse(told(Asked(BASE), nothing, 1000).theory), BASE, FRESH) == 1
    found = METHOD.extract(None, rows_of(BASE), DOMAIN, 1000, Context.seeded("x"))
    assert isinstance(found, Extracted)
    assert agreement(parse(found.theory), BASE, FRESH) == 1


def test_random_labels_hold_no_rule() -> None:
    network = Asked(parse("def rule(x): return x[0]"))
    rows = rows_of(BASE)
    random: Sequence[int] = RNG.integers(0, 5, size=(len(rows), 1)).tolist()
    assert told(network, Rows(tokens=rows.tokens, labels=torch.tensor(random)), 500).p_present < 0.2
