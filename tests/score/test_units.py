import numpy as np
import pytest

from interpbench.score.units import Evidence, Member, Units, evidence

A, B, C = Member("generaliser", "a"), Member("memoriser", "b"), Member("memoriser", "c")


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one entry a cell.*'stratum': 1"):
        Units(family=["f", "f"], stratum=["s"], members=[(A,), (B,)])


def test_a_cell_needs_a_member() -> None:
    with pytest.raises(ValueError, match="cell 1 has no members"):
        Units(family=["f", "f"], stratum=["s", "s"], members=[(A,), ()])


def test_a_member_counts_once_in_a_cell() -> None:
    with pytest.raises(ValueError, match="names a member twice"):
        Units(family=["f"], stratum=["s"], members=[(A, A)])


def test_evidence_counts_the_smallest_class_over_families() -> None:
    units = Units(family=["f", "f", "g"], stratum=["s", "s", "s"], members=[(A, B), (A, C), (A, B)])
    assert evidence(units) == Evidence(cells=3, families=2, models=2)  # generalisers f/a, g/a; memorisers f/b, f/c, g/b


def test_a_kind_is_judged_by_its_own_families() -> None:
    units = Units(family=["f", "f", "g"], stratum=["s", "s", "t"], members=[(A, B), (A, C), (A, B)])
    kept = evidence(units, np.array([True, True, False]))
    assert kept == Evidence(cells=2, families=1, models=1)
    assert kept.one_family
    assert kept.independent == 1


def test_nothing_kept_is_no_evidence() -> None:
    units = Units(family=["f"], stratum=["s"], members=[(A, B)])
    assert evidence(units, np.array([False])) == Evidence(cells=0, families=0, models=0)


def test_keep_must_fit() -> None:
    units = Units(family=["f"], stratum=["s"], members=[(A, B)])
    with pytest.raises(ValueError, match="wanted one entry for each of 1 cells"):
        evidence(units, np.array([True, False]))
