"""Figures: equal bytes, a line a row, names that do not lie over each other, hatched cells where there is nothing."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from boards import typical
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from interpbench.plugins.family import Family
from interpbench.report.figure import drawn
from interpbench.report.figures.cost import cost, pareto
from interpbench.report.figures.every import FORMS, figure_files
from interpbench.report.figures.forest import forest
from interpbench.report.figures.heat import profiles, strata
from interpbench.report.figures.look import look
from interpbench.report.scatter import scattered
from interpbench.score.board import Board, BoardRow, TrackBoard

BOARD = typical()
TRACK = BOARD.tracks[0]
TABLES = Path(__file__).parents[2] / "leaderboard" / "tables"
REAL = [
    track
    for path in sorted(TABLES.glob("quick-*.json"))
    for track in Board.model_validate_json(path.read_bytes()).tracks
]


def names(figure: Figure) -> dict[str, Bbox]:
    figure.draw_without_rendering()
    return {text.get_text(): Bbox(Text.get_window_extent(text)) for text in figure.axes[0].texts}  # without its line


def collisions(boxes: dict[str, Bbox]) -> list[tuple[str, str]]:
    return [(one, two) for (one, a), (two, b) in combinations(boxes.items(), 2) if a.padded(-0.5).overlaps(b)]


@pytest.mark.parametrize("track", REAL, ids=lambda track: track.track)
def test_on_real_boards_every_row_is_named_and_no_name_lies_over_another(track: TrackBoard) -> None:
    drawings = [cost(track)] + ([scattered(track, *track.scatter)] if track.scatter else [])
    for figure in drawings:
        assert collisions(names(figure)) == []
    wanted = {row.name for row in track.rows if not row.bound and row.cost.cpu_seconds and row.skill.value is not None}
    assert set(names(drawings[0])) == wanted


def test_the_control_names_at_their_points_do_lie_over_each_other() -> None:
    figure = cost(REAL[0])
    for text in figure.axes[0].texts:
        text.set_position((0, 0))
    assert collisions(names(figure))


def test_equal_boards_are_equal_bytes_in_every_format() -> None:
    first, second = figure_files(BOARD), figure_files(BOARD)
    assert first == second
    assert {name.rpartition(".")[2] for name in first} == set(FORMS)
    level = TRACK.model_copy(
        update={"rows": [row.model_copy(update={"skill": TRACK.rows[-1].skill}) for row in TRACK.rows]}
    )
    assert first["generalization-forest.svg"] != drawn(forest(level), "svg")


def test_a_forest_has_a_line_a_row_and_names_the_rival() -> None:
    labels = [label.get_text() for label in forest(TRACK).axes[0].get_yticklabels()]
    assert labels == [
        f"{row.name} (best rival)" if row.name == TRACK.rival else row.name for row in TRACK.rows if not row.bound
    ]


def test_what_is_not_available_is_hatched_and_nothing_else() -> None:
    other = TRACK.model_copy(update={"track": "other", "rows": [row for row in TRACK.rows if row.name != "norm"]})
    patches = profiles([TRACK, other], families=False).axes[0].patches
    assert sum(patch.get_hatch() is not None for patch in patches if isinstance(patch, Rectangle)) == 1
    cells = strata(TRACK).axes[0].patches
    assert cells
    assert not any(patch.get_hatch() for patch in cells)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_what_colours_mean_is_inside_the_figure(count: int) -> None:
    rows = [TRACK.rows[1].model_copy(update={"name": f"row-{place}", "bound": False}) for place in range(count)]
    figure = strata(TRACK.model_copy(update={"rows": rows}))
    figure.draw_without_rendering()
    bar = figure.axes[1].yaxis
    whole = figure.bbox.padded(0.5)
    for text in (bar.label, *bar.get_ticklabels()):
        box = text.get_window_extent()
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1, text.get_text()
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1, text.get_text()
    assert [text.get_text() for text in bar.get_ticklabels()] == ["-1", "0 chance", "1 ceiling"]
    assert bar.label.get_text().split("\n") == ["skill", "hatched: n/a"]


def row(name: str, seconds: float, value: float, *, reference: bool = False) -> BoardRow:
    found = next(row for row in TRACK.rows if row.name == "good_one")
    return found.model_copy(
        update={
            "name": name,
            "reference": reference,
            "skill": replace(found.skill, value=value),
            "cost": found.cost.model_copy(update={"cpu_seconds": seconds}),
        }
    )


def test_the_front_is_what_nothing_cheaper_beats() -> None:
    rows = [row("cheap", 1, 0.2), row("worse", 2, 0.1), row("good", 3, 0.8), row("tie", 4, 0.8)]
    front = pareto([*rows, row("unlimited", 0.5, 1.0, reference=True)])
    assert [one.name for one in front] == ["cheap", "good"]


def test_no_two_families_look_alike() -> None:
    looks = [look(family.value) for family in Family if family is not Family.BOUNDS]
    assert len({marker for _, marker in looks}) == len(looks)
