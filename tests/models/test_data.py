import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interpbench.models.data import Domain, Rows

MIXED = Domain(alphabets=((0, 1), (2, 5, 7), (1, 4)), positions=(2,), classes=3)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rows(*tokens: list[int]) -> Rows:
    return Rows(tokens=torch.tensor(tokens), labels=torch.arange(len(tokens))[:, None])


alphabets = st.lists(
    st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True).map(tuple), min_size=1, max_size=4
).map(tuple)


@given(alphabets)
def test_everything_is_each_input_once_and_nothing_else(letters: tuple[tuple[int, ...], ...]) -> None:
    domain = Domain(alphabets=letters, positions=(0,), classes=2)
    tokens = domain.everything()
    assert tokens.shape == (domain.size, domain.length) == (math.prod(len(part) for part in letters), len(letters))
    assert len({tuple(row) for row in tokens.tolist()}) == domain.size
    assert bool(domain.contains(tokens).all())
    assert torch.equal(domain.inputs(torch.arange(domain.size)), tokens)
    assert domain.vocabulary == 1 + max(max(part) for part in letters)


def test_inputs_come_in_lexicographic_order_of_the_alphabets() -> None:
    assert MIXED.inputs(torch.tensor([0, 1, 2, 6, 11])).tolist() == [
        [0, 2, 1],
        [0, 2, 4],
        [0, 5, 1],
        [1, 2, 1],
        [1, 7, 4],
    ]


def test_a_large_domain_is_not_listed() -> None:
    domain = Domain(alphabets=((0, 1),) * 30, positions=(29,), classes=2)
    with pytest.raises(ValueError, match="holds 1073741824 inputs, more than the limit of 1000000: sample it instead"):
        domain.everything()
    with pytest.raises(ValueError, match="more than the limit of 11"):
        MIXED.everything(limit=11)
    assert domain.inputs(torch.tensor([2**30 - 1])).tolist() == [[1] * 30]


def test_contains_looks_at_every_position() -> None:
    tokens = torch.tensor([[0, 2, 1], [2, 2, 1], [0, 1, 1], [0, 2, 2], [0, 2, -1]])
    assert MIXED.contains(tokens).tolist() == [True, False, False, False, False]


def test_full_is_uniform() -> None:
    drawn = MIXED.full(6000, rng())
    _, counts = torch.unique(drawn, dim=0, return_counts=True)
    assert len(counts) == MIXED.size
    assert stats.chisquare(counts.numpy()).pvalue > 0.001


def test_narrow_is_the_law_of_the_rows() -> None:
    shown = rows([0, 2, 1], [0, 2, 1], [1, 7, 4])
    drawn = MIXED.narrow(shown, 3000, rng())
    found, counts = torch.unique(drawn, dim=0, return_counts=True)
    assert found.tolist() == [[0, 2, 1], [1, 7, 4]]
    assert stats.chisquare(counts.numpy(), [2000, 1000]).pvalue > 0.001


def bigram_law(shown: Rows) -> dict[tuple[int, ...], float]:
    """The position-wise Markov law of the rows, by enumeration."""
    law: dict[tuple[int, ...], float] = {(): 1.0}
    tokens = shown.tokens.numpy()
    for position in range(tokens.shape[1]):
        grown: dict[tuple[int, ...], float] = {}
        for begun, probability in law.items():
            here = tokens if position == 0 else tokens[tokens[:, position - 1] == begun[-1]]
            for token, count in zip(*np.unique(here[:, position], return_counts=True), strict=True):
                grown[(*begun, int(token))] = probability * count / len(here)
        law = grown
    return law


def test_markov_has_the_bigrams_of_the_rows_and_forgets_what_came_before() -> None:
    shown = rows([0, 2, 1], [1, 2, 4], [1, 5, 4], [0, 5, 4], [0, 7, 1])
    law = bigram_law(shown)
    assert (0, 2, 4) in law  # not a row: the law forgets the first token
    found, counts = torch.unique(MIXED.markov(shown, 8000, rng()), dim=0, return_counts=True)
    seen = {tuple(row): count for row, count in zip(found.tolist(), counts.tolist(), strict=True)}
    assert set(seen) == set(law)
    assert stats.chisquare([seen[key] for key in law], [8000 * law[key] for key in law]).pvalue > 0.001


def test_control_the_bigram_check_rejects_the_narrow_law() -> None:
    shown = rows([0, 2, 1], [1, 2, 4], [1, 5, 4], [0, 5, 4], [0, 7, 1])
    assert {tuple(row) for row in MIXED.narrow(shown, 2000, rng()).tolist()} != set(bigram_law(shown))


@given(st.integers(1, 12), st.integers(2, 4), st.integers(0, 2**31))
def test_markov_never_invents_a_bigram(n: int, length: int, seed: int) -> None:
    domain = Domain(alphabets=((0, 1, 2),) * length, positions=(0,), classes=2)
    tokens = domain.full(n, rng(seed))
    drawn = domain.markov(Rows(tokens=tokens, labels=tokens[:, :1]), 40, rng(seed + 1))
    for position in range(1, length):
        known = {tuple(pair) for pair in tokens[:, position - 1 : position + 1].tolist()}
        assert {tuple(pair) for pair in drawn[:, position - 1 : position + 1].tolist()} <= known


@pytest.mark.parametrize("law", ["full", "narrow", "markov"])
def test_samplers_follow_the_generator_alone(law: str) -> None:
    shown = rows([0, 2, 1], [1, 7, 4], [1, 5, 1])
    given_rows = () if law == "full" else (shown,)
    first, again, other = (getattr(MIXED, law)(*given_rows, 50, rng(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.dtype is torch.int64


@pytest.mark.parametrize(("tokens", "labels"), [((3, 2), (2, 1)), ((3,), (3, 1)), ((3, 2), (3,)), ((3, 2, 1), (3, 1))])
def test_rows_that_do_not_fit_are_an_error_with_both_shapes(tokens: tuple[int, ...], labels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="with as many rows in both") as caught:
        Rows(tokens=torch.zeros(tokens, dtype=torch.int64), labels=torch.zeros(labels, dtype=torch.int64))
    assert f"tokens {tokens} and labels {labels}" in str(caught.value)


@given(n=st.integers(1, 20), count=st.integers(1, 25), seed=st.integers(0, 2**31))
def test_a_sample_keeps_rows_whole_in_order_and_distinct(n: int, count: int, seed: int) -> None:
    everything = Rows(tokens=torch.arange(n)[:, None], labels=10 * torch.arange(n)[:, None])
    some = everything.sample(count, rng(seed))
    places = some.tokens[:, 0].tolist()
    assert len(some) == min(n, count)
    assert places == sorted(set(places))
    assert torch.equal(some.labels, 10 * some.tokens)


def test_a_sample_takes_each_row_equally_often() -> None:
    everything = Rows(tokens=torch.arange(6)[:, None], labels=torch.arange(6)[:, None])
    counts = np.zeros(6)
    for seed in range(1500):
        counts[everything.sample(2, rng(seed)).tokens[:, 0].numpy()] += 1
    assert stats.chisquare(counts).pvalue > 0.001


def test_rows_are_picked_by_mask_place_and_slice() -> None:
    shown = rows([0, 2], [1, 5], [0, 7])
    assert shown[torch.tensor([True, False, True])].tokens.tolist() == [[0, 2], [0, 7]]
    assert shown[torch.tensor([2, 0])].labels.tolist() == [[2], [0]]
    assert len(shown[1:]) == 2
