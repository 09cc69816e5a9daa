"""Who stands for a family at a tier: the best on dev there, and never a bound or a reference."""

from boards import typical

from interpbench.score.board import BoardRow
from interpbench.score.families import best_of_families

GOOD = next(row for row in typical().tracks[0].rows if row.name == "good_one")


def row(name: str, tier: str = "weights", dev: float | None = 0.5, **changes: object) -> BoardRow:
    return GOOD.model_copy(update={"name": name, "tier": tier, "dev_score": dev, **changes})


def names(*rows: BoardRow) -> list[str]:
    return [row.name for row in best_of_families(rows)]


def test_each_tier_has_its_own_best_on_dev_from_least_access_to_most() -> None:
    assert names(row("deep"), row("asks", "behaviour", 0.1), row("lost", dev=0.4)) == ["asks", "deep"]


def test_a_score_on_dev_goes_before_none_however_low() -> None:
    assert names(row("a_fitted", dev=None), row("b_low", dev=-0.5)) == ["b_low"]
    assert names(row("b_fitted", dev=None), row("a_fitted", dev=None)) == ["a_fitted"]


def test_bounds_and_references_stand_for_nobody() -> None:
    assert names(row("bound", dev=0.9, bound=True), row("spends", dev=0.9, reference=True), row("plain")) == ["plain"]


def test_families_of_a_tier_stay_apart() -> None:
    assert set(names(row("one"), row("two", family="sae"))) == {"one", "two"}
