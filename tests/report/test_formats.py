"""Each format says the same: figures, intervals, reasons, provenance."""

import csv
import io

from boards import typical
from rich.console import Console

from interpbench.report.table import board_table, family_table, interval, number
from interpbench.report.terminal import render
from interpbench.report.text import caption, comma_separated, latex, markdown
from interpbench.score.interval import Estimate

BOARD = typical()
TABLE = board_table(BOARD.tracks[0], "quick 1.0")


def test_numbers() -> None:
    assert number(0.834, True) == "83"
    assert number(-0.2, False) == "-0.20"
    assert number(None, True) == "n/a"
    estimate = Estimate(value=0.5, low=0.25, high=0.75, n=4, families=4)
    assert interval(estimate, True) == "50 [25, 75]"


def test_markdown_has_a_line_a_row_and_marks_rivals() -> None:
    text = markdown(TABLE)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(BOARD.tracks[0].rows)
    assert len({line.count("|") for line in lines}) == 1
    assert "statistics*" in text
    assert "broken: 8 crashed (scored at chance): ValueError: no" in text


def test_families_stand_by_their_best_member_on_dev() -> None:
    track = BOARD.tracks[0]
    rows = [row for row in track.rows if row.represents]
    table = family_table(track)
    assert [row[1] for row in table.rows] == [row.name for row in rows]
    assert len({row[0] for row in table.rows}) == len(table.rows)
    assert [row[4] for row in table.rows if row[1] == track.rival] == ["the rival"]


def test_csv_keeps_full_precision_and_reasons() -> None:
    rows = list(csv.DictReader(io.StringIO(comma_separated(BOARD))))
    accuracy = {row["method"]: row for row in rows if row["metric"] == "accuracy"}
    exact = next(row for row in BOARD.tracks[0].rows if row.name == "good_one").metrics["accuracy"].value
    assert float(accuracy["good_one"]["value"]) == exact
    missing = next(row for row in rows if row["metric"] == "tau" and row["method"] == "good_one")
    assert missing["value"] == ""
    assert missing["reason"]


def test_latex_escapes_and_closes_what_it_opens() -> None:
    text = latex(TABLE, caption(BOARD))
    assert r"good\_one" in text
    assert r"accuracy \%" in text
    for name in ("table", "tabular"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}") == 1
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0]
    assert body.count(r"\\") == len(BOARD.tracks[0].rows)


def test_caption_names_versions_machine_isolation_and_dirt() -> None:
    text = caption(BOARD)
    for part in ("quick 1.0", "0123456789", "uncommitted changes", "bwrap", "development figures", "Human readers"):
        assert part in text


def test_a_narrow_terminal_drops_columns_and_says_so() -> None:
    narrow, wide = (
        Console(width=120, record=True, file=io.StringIO()),
        Console(width=400, record=True, file=io.StringIO()),
    )
    narrow.print(render(TABLE, narrow))
    wide.print(render(TABLE, wide))
    assert "More columns" in narrow.export_text()
    shown = wide.export_text()
    assert "More columns" not in shown
    assert all(column.title in shown for column in TABLE.columns)
