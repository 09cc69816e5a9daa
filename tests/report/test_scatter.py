from dataclasses import replace
from pathlib import Path

from boards import typical
from matplotlib.figure import Figure

from interpbench.report.scatter import SHORT, scatter, scattered
from interpbench.tracks.registry import TRACKS

TRACK = typical().tracks[0]


def test_every_row_with_both_metrics_is_named_and_equal_figures_are_equal_bytes(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        scatter(TRACK, "accuracy", "coverage", tmp_path / name)
    text = (tmp_path / "one.svg").read_text()
    assert text == (tmp_path / "two.svg").read_text()
    chance = TRACK.metrics["accuracy"].chance
    shown = [row.name for row in TRACK.rows if row.metrics["accuracy"].value != chance]
    assert len(shown) == 3  # not chance, nor what is always at chance
    for name in shown:
        assert f"<!-- {name} -->" in text
    assert f"<!-- {TRACK.metrics['coverage'].title}, % -->" in text


def test_rows_without_a_metric_are_left_out(tmp_path: Path) -> None:
    rows = [row.model_copy(deep=True) for row in TRACK.rows]
    assert rows[1].name == "good_one"
    assert not rows[1].reference
    for value in (None, TRACK.metrics["accuracy"].chance):  # no answer, or one that does not go into it
        rows[1].metrics["accuracy"] = replace(rows[1].metrics["accuracy"], value=value)
        scatter(TRACK.model_copy(update={"rows": rows}), "accuracy", "coverage", tmp_path / "some.svg")
        assert f"<!-- {rows[1].name} -->" not in (tmp_path / "some.svg").read_text()


def legend(figure: Figure) -> list[str]:
    found = figure.axes[0].get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_the_legend_names_families_with_full_markers_and_says_what_hollow_ones_are() -> None:
    rows = [row.model_copy(update={"reference": row.name == "good_one"}) for row in TRACK.rows]
    figure = scattered(TRACK.model_copy(update={"rows": rows}), "accuracy", "coverage")
    assert legend(figure) == ["statistics", "influence", "bounds", "reference (hollow)"]
    assert legend(scattered(TRACK, "accuracy", "coverage")) == ["statistics", "influence", "bounds"]


def test_the_figure_says_why_the_oracle_falls_short() -> None:
    metrics = {**TRACK.metrics, "faithfulness": TRACK.metrics["coverage"]}
    rows = [
        row.model_copy(update={"metrics": {**row.metrics, "faithfulness": row.metrics["coverage"]}})
        for row in TRACK.rows
    ]
    board = TRACK.model_copy(update={"rows": rows, "metrics": metrics})
    assert any(row.name == "oracle" for row in rows)
    title = scattered(board, "accuracy", "faithfulness").axes[0].get_title(loc="left")
    assert title == SHORT["faithfulness"]
    without = board.model_copy(update={"rows": [row for row in rows if row.name != "oracle"]})
    for figure in (
        scattered(without, "accuracy", "faithfulness"),
        scattered(board, "faithfulness", "accuracy"),
    ):
        assert figure.axes[0].get_title(loc="left") == ""
    drawn = [entry.load().scatter for entry in TRACKS.values()]
    assert set(SHORT) <= {up for pair in drawn if pair is not None for up in pair[1:]}
