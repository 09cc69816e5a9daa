"""The board: bounds at their ends, the rival with the highest score, failures at chance, too little data as n/a."""

import pytest
from boards import blind, board, cells, entry, knows, refs, typical

from interpbench.score.board import best_rival, units_of


def rows(made: object) -> dict[str, object]:
    return {row.name: row for row in made.tracks[0].rows}  # type: ignore[attr-defined]


def test_oracle_is_one_chance_is_zero_and_a_blind_method_is_at_chance() -> None:
    where = refs()
    found = rows(board(entry("oracle", knows, where, bound=True), entry("blind", blind, where)))
    assert found["oracle"].skill.value == 1  # type: ignore[attr-defined]
    assert found["chance"].skill.value == 0  # type: ignore[attr-defined]
    assert found["blind"].skill.value == 0  # type: ignore[attr-defined]


def test_direction() -> None:
    where = refs()
    found = rows(board(entry("right", knows, where), entry("wrong", lambda ref, unit: -knows(ref, unit), where)))
    assert found["right"].skill.value == 1  # type: ignore[attr-defined]
    assert found["wrong"].skill.value == -1  # type: ignore[attr-defined]


def test_a_failed_row_scores_chance_and_says_why() -> None:
    broken = rows(typical())["broken"]
    assert broken.skill.value == 0  # type: ignore[attr-defined]
    assert broken.metrics["coverage"].value == 0  # type: ignore[attr-defined]
    assert broken.reasons == ["ValueError: no"]  # type: ignore[attr-defined]


def test_the_rival_is_the_highest_here_whatever_dev_says() -> None:
    where = refs()
    high = entry("high", knows, where, rival=True, dev_score=0.6)
    low = entry("low", blind, where, rival=True, dev_score=0.9)
    made = board(high, low, entry("method", knows, where))
    assert made.tracks[0].rival == "high"
    assert "flatters" in made.tracks[0].rival_chosen


def test_among_equal_rivals_dev_decides() -> None:
    where = refs()
    entries = [entry(name, knows, where, rival=True, dev_score=score) for name, score in (("a", 0.9), ("b", 0.6))]
    made = board(*entries)
    assert made.tracks[0].rival == "a"
    assert best_rival([], {}) == (None, "no rival ran")


def test_only_the_best_of_a_family_on_dev_represents_it() -> None:
    where = refs()
    made = rows(board(entry("first", blind, where, dev_score=0.9), entry("second", knows, where, dev_score=0.6)))
    assert made["first"].represents  # type: ignore[attr-defined]
    assert not made["second"].represents  # type: ignore[attr-defined]


def test_a_kind_without_cells_is_not_available_and_never_zero() -> None:
    where = [ref for ref in refs() if ref.kind != "seed"]
    row = rows(board(entry("method", knows, where)))["method"]
    assert row.metrics["seed"].value is None  # type: ignore[attr-defined]
    assert row.metrics["seed"].reason  # type: ignore[attr-defined]
    assert row.metrics["accuracy"].value == 1  # type: ignore[attr-defined]


def test_too_few_models_give_no_interval() -> None:
    where = refs(families=("one",), models=1)
    row = rows(board(entry("method", knows, where)))["method"]
    assert row.metrics["accuracy"].value is None  # type: ignore[attr-defined]


def test_oracle_first_chance_last() -> None:
    names = [row.name for row in typical().tracks[0].rows]
    assert names[0] == "oracle"
    assert names[-1] == "chance"
    assert names.index("good_one") < names.index("norm")


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_a_method_equal_to_the_rival_is_not_told_apart(shift: float) -> None:
    where = refs()
    rival = entry("rival", lambda ref, unit: knows(ref, unit) * (ref.index % 2), where, rival=True)
    twin = entry("twin", lambda ref, unit: knows(ref, unit) * (ref.index % 2) + shift, where)
    row = rows(board(rival, twin))["twin"]
    assert row.difference.difference.value == pytest.approx(0)  # type: ignore[attr-defined]
    assert not row.difference.distinct  # type: ignore[attr-defined]


def test_units_follow_the_refs() -> None:
    where = refs()
    units = units_of(where)
    assert len(units) == len(where) == len(cells(knows, where))
    assert set(units.family) == {f"generalization/{name}" for name in ("one", "two", "three", "four")}


def test_a_reference_is_shown_and_compared_with_nothing() -> None:
    where = refs()
    reference = entry("exact", knows, where, reference=True, inside=False, dev_score=1.0, family="circuits")
    norm = entry("norm", lambda ref, unit: knows(ref, unit) * (ref.index % 3 > 0), where, rival=True)
    found = board(reference, norm, entry("good", blind, where, family="circuits")).tracks[0]
    row = next(row for row in found.rows if row.name == "exact")
    assert (row.metrics["accuracy"].value, row.reference) == (1.0, True)
    assert (row.rank, row.difference, row.represents) == (None, None, False)
    assert (found.rival, found.inside) == ("norm", "good")
    assert all("exact" not in tier.methods.values() for tier in found.access)
    assert next(row for row in found.rows if row.name == "good").represents
