import pytest
from boards import typical
from sites import board

from interpbench.report.site.grids import bar, headline_grid, order_of, track_grids
from interpbench.report.site.model import Grid
from interpbench.report.site.sources import Shown
from interpbench.score.board import Board
from interpbench.score.families import best_of_families
from interpbench.score.interval import Estimate


def shown_of(made: Board) -> Shown:
    return Shown(board=made, track=made.tracks[0])


@pytest.mark.parametrize(
    ("text", "numeric", "order"),
    [
        ("83 [71, 92]", True, 83.0),
        ("+7 [-1, +15]", True, 7.0),
        ("-0.42", True, -0.42),
        ("seed ≥ -42", True, -42.0),
        ("1,234", True, 1234.0),
        ("<.001", True, 0.001),
        ("n/a", True, None),
        ("", True, None),
        ("the rival", True, 0.0),
        ("Circuits", False, "circuits"),
    ],
)
def test_columns_are_sorted_by_what_is_printed(text: str, numeric: bool, order: float | str | None) -> None:
    assert order_of(text, numeric) == order


def column(grid: Grid, key: str) -> list[str]:
    place = [one.key for one in grid.columns].index(key)
    return [line.cells[place].text for line in grid.lines]


def test_every_row_of_the_board_has_a_line_with_its_own_figures() -> None:
    made = typical()
    grid = track_grids(shown_of(made))[0]
    assert [line.cells[0].text.partition(" ")[0] for line in grid.lines] == [row.name for row in made.tracks[0].rows]
    by_name = {line.cells[0].text: line for line in grid.lines}
    assert by_name["good_one"].family == "influence"
    assert by_name["good_one"].cpu == 1.5
    assert by_name["good_one"].command == ("interpbench run --suite quick --task generalization --method good_one")
    assert by_name["oracle"].command == ""  # nothing makes a bound
    assert by_name["oracle"].bound
    assert by_name["chance"].bound


def test_a_cell_without_value_says_why_and_is_listed_for_those_who_cannot_hover() -> None:
    methods = [f"m{at}" for at in range(8)]
    grid = track_grids(shown_of(board("generalization", methods)))[0]
    place = [one.key for one in grid.columns].index("rare")
    empty = grid.lines[3].cells[place]
    assert empty.text == "n/a"
    assert empty.why == "2 models in the smallest class, at least 3 are needed"
    assert empty.order is None
    assert ("2 models in the smallest class, at least 3 are needed", ["rare %: m3"]) in grid.missing
    assert all(
        not line.cells[place].why for at, line in enumerate(grid.lines) if at != 3
    )  # the control: others have one


def test_the_best_of_a_family_at_a_tier_is_chosen_on_dev() -> None:
    made = board("generalization", [f"m{at}" for at in range(40)])
    rows = made.tracks[0].rows
    worst = rows[-1].model_copy(update={"dev_score": 5.0})  # last here, first on dev
    made = made.model_copy(update={"tracks": [made.tracks[0].model_copy(update={"rows": [*rows[:-1], worst]})]})
    chosen = best_of_families(made.tracks[0].rows)
    assert worst.name in {row.name for row in chosen}
    assert len({(row.tier, row.family) for row in chosen}) == len(chosen) == 20
    assert [row.tier for row in chosen] == sorted(
        (row.tier for row in chosen), key=("data", "behaviour", "weights", "checkpoints").index
    )


def test_bounds_and_references_represent_nobody() -> None:
    made = board("generalization", ["first", "second", "third", "fourth"])
    rows = [made.tracks[0].rows[0].model_copy(update={"reference": True}), *made.tracks[0].rows[1:]]
    made = made.model_copy(update={"tracks": [made.tracks[0].model_copy(update={"rows": rows})]})
    assert "first" not in {row.name for row in best_of_families(made.tracks[0].rows)}


def test_the_minimum_detectable_difference_stands_under_each_table() -> None:
    shown = shown_of(board("generalization", ["a", "b", "c", "d"]))
    for grid in [*track_grids(shown), headline_grid(shown)]:
        (told,) = [note for note in grid.notes if note.startswith("Minimum detectable difference")]
        assert "12 points" in told


def test_pictures_agree_with_figures() -> None:
    found = bar(Estimate(value=0.25, low=-0.5, high=2.0, n=9, families=3), reach=0.5)
    assert (found.low, found.value, found.high, found.zero) == (0.0, 0.75, 1.0, 0.5)


def test_a_figure_that_rests_on_no_answer_says_so() -> None:
    made = board("generalization", ["m0", "m1"])
    rows = made.tracks[0].rows
    name = next(row.name for row in rows if not row.bound)
    chance = made.tracks[0].metrics["rare"].chance
    silent = {
        "rare": Estimate(value=chance, low=None, high=None, n=20, families=6),
        "coverage": Estimate(value=0.4, low=None, high=None, n=90, families=6),
    }
    changed = [
        row.model_copy(update={"metrics": {**row.metrics, **silent}}) if row.name == name else row for row in rows
    ]
    made = made.model_copy(update={"tracks": [made.tracks[0].model_copy(update={"rows": changed})]})
    grid = track_grids(shown_of(made))[0]
    place = [one.key for one in grid.columns].index("rare")
    cells = {line.cells[0].text: line.cells[place] for line in grid.lines}
    assert cells[name].why.endswith("and this row answers 40%")
    assert cells[name].order is not None  # it still counts, as chance
    assert not any(cell.why for other, cell in cells.items() if other != name)
    assert "coverage" in grid.short


def test_what_counts_stands_beside_the_headline() -> None:
    shown = shown_of(board("generalization", ["m0", "m1"]))
    for grid in track_grids(shown):
        keys = [one.key for one in grid.columns]
        assert keys[0] in {"method", "group"}, grid.name
        if grid.name == "board":
            assert keys[keys.index(shown.track.headline) + 1 :][:2] == ["difference", "p"]
        assert "quick 1.0" in grid.caption
        assert grid.provenance
