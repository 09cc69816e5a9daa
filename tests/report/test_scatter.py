from dataclasses import replace
from pathlib import Path

from boards import typical

from interpbench.report.scatter import scatter

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
