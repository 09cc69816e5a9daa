"""Expected values are fixed: a change here changes every published seed, split and disguise."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from interpbench.models.names import digest, generator, numpy_generator, seed_of

names = st.lists(st.one_of(st.text(max_size=8), st.integers(-(10**9), 10**9)), max_size=4)


def test_digests_and_seeds_are_what_they_were() -> None:
    assert digest("modular_addition", "split", 0) == "b366e02eace22284562a672e74f6afbbd45af50d"
    assert digest({"b": [1, 2.5], "a": None}, b"\x00\xff", size=6) == "35d3586f2638"
    assert seed_of("modular_addition", "split", 0) == 8143310046479499429
    assert numpy_generator("modular_addition", 0).permutation(8).tolist() == [3, 4, 5, 0, 7, 2, 6, 1]
    assert torch.randint(1000, (4,), generator=generator("modular_addition", 0)).tolist() == [307, 683, 378, 609]


@given(names, names)
def test_different_names_differ_and_equal_ones_agree(first: list[str | int], second: list[str | int]) -> None:
    assert (digest(*first) == digest(*second)) == (first == second)
    assert 0 <= seed_of(*first) < 2**63


@given(st.text(max_size=5), st.text(max_size=5))
def test_where_one_name_ends_matters(first: str, second: str) -> None:
    assert digest(first, second) != digest(first + second)
    assert digest([first], second) != digest(first, [second])


def test_a_number_is_not_its_digits() -> None:
    assert len({digest(1), digest("1"), digest(1.0), digest(True), digest([1]), digest(None)}) == 6


def test_order_of_keys_does_not_matter_and_order_of_a_list_does() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])


def test_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest(math.nan)


def test_seeds_do_not_depend_on_the_order_of_calls() -> None:
    alone = numpy_generator("b").random(3).tolist()
    numpy_generator("a").random(100)
    torch.manual_seed(0)
    assert numpy_generator("b").random(3).tolist() == alone
    assert len({seed_of("task", "model", index) for index in range(2000)}) == 2000
