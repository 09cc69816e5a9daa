from itertools import combinations
from math import log2
from time import process_time

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context
from interpbench_methods.theory_length import TheoryLength
from interpbench_methods.theory_length.description import exception_bits

P = 13
TABLE = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
SHOWN = Rows(tokens=TABLE.inputs(torch.arange(20)), labels=torch.zeros(20, 1, dtype=torch.int64))


def _score(noise: float, method: TheoryLength | None = None) -> float:
    """Of a subject that computes the sum modulo 13, but answers a share of all inputs at random."""
    rng = generator("noise")
    table = torch.arange(P)[:, None] + torch.arange(P)
    table = torch.where(torch.rand(P, P, generator=rng) < noise, torch.randint(P, (P, P), generator=rng), table % P)

    def ask(tokens: Tensor) -> Tensor:
        answers = table[tokens[:, 0], tokens[:, 1]]
        return torch.nn.functional.one_hot(answers, P).float()[:, None]

    return (method or TheoryLength()).model_score(Hidden("behaviour", ask), SHOWN, TABLE, Context.seeded("t"))


def test_the_less_a_network_follows_its_rule_the_longer_is_its_theory() -> None:
    scores = [_score(noise) for noise in (0.0, 0.1, 0.3, 0.6, 1.0)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_a_rule_costs_its_nodes_alone() -> None:
    # sum(x[:2]) % 13: four nodes; symbols: 2 tokens, constants 0 ... 13, three aggregates of one span, thirteen counts,
    # and twelve operations
    symbols = 2 + 14 + 3 + 13 + 12
    assert _score(0) == pytest.approx(-4 * log2(symbols) / (149 * log2(P)))


def test_a_random_table_is_hardly_shorter_than_itself() -> None:
    assert -1.1 < _score(1) < -0.85


def test_it_stays_within_its_cost() -> None:
    start = process_time()
    _score(1)
    assert process_time() - start < 1  # .15 alone on the machine


@pytest.mark.parametrize(("answers", "wrong", "classes"), [(6, 2, 3), (7, 0, 4), (5, 5, 2), (8, 3, 2)])
def test_exceptions_number_what_they_tell_apart(answers: int, wrong: int, classes: int) -> None:
    places = list(combinations(range(answers), wrong))
    expected = log2(answers + 1) + log2(len(places) * (classes - 1) ** wrong) if wrong else 0
    assert exception_bits(answers, wrong, classes, fidelity=1.0) == pytest.approx(expected)


@given(st.integers(2, 600), st.integers(2, 30), st.data())
def test_more_exceptions_than_the_fidelity_forgives_cost_something(
    answers: int, classes: int, data: st.DataObject
) -> None:
    wrong = data.draw(st.integers(0, answers))
    forgiven = wrong <= 0.01 * answers
    assert (exception_bits(answers, wrong, classes) == 0) == forgiven
