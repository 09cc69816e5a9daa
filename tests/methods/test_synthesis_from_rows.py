"""Synthesis from rows: finds a planted rule, says nothing without rows, and knows random labels."""

import numpy as np
import torch

from interpbench.models.data import Domain, Rows
from interpbench.theory import agreement, parse
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.synthesis_from_rows import SynthesisFromRows

DOMAIN = Domain(alphabets=(tuple(range(5)),) * 7, positions=(6,), classes=5)
RNG = np.random.default_rng(0)
TOKENS, FRESH = RNG.integers(0, 5, size=(300, 7)), RNG.integers(0, 5, size=(3000, 7))
RULE = "def rule(x): return (x[1] + 2 * x[4]) % 5"
METHOD = SynthesisFromRows(states=200_000, size=60)


def rows_of(labels: np.ndarray) -> Rows:
    return Rows(tokens=torch.from_numpy(TOKENS), labels=torch.from_numpy(labels[:, None]))


def found(rows: Rows) -> Extracted | NotApplicable:
    ctx = Context.seeded("x")
    ctx.study = METHOD.study(rows, DOMAIN, ctx)
    return METHOD.extract(None, rows, DOMAIN, 0, ctx)


def test_it_finds_the_rule() -> None:
    told = found(rows_of(parse(RULE).run_many(TOKENS).integers()))
    assert isinstance(told, Extracted)
    assert agreement(parse(told.theory), parse(RULE), FRESH) == 1
    assert told.p_present > 0.9


def test_random_labels_hold_no_rule() -> None:
    told = found(rows_of(RNG.integers(0, 5, size=len(TOKENS))))
    assert isinstance(told, Extracted)
    assert told.p_present < 0.2


def test_without_rows_it_says_so() -> None:
    assert isinstance(found(rows_of(TOKENS[:, 0])[:0]), NotApplicable)
