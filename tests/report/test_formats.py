"""Each format says the same: figures, intervals, reasons, provenance."""

import csv
import io
import re

from boards import board, entry, knows, refs, typical
from rich.console import Console

from interpbench.report.cell import interval, number
from interpbench.report.headline import family_table, profile_table
from interpbench.report.latex import RIVALS, latex, tabular
from interpbench.report.publish import rows_table
from interpbench.report.table import UNKNOWN, board_table, inside_table, kind_table, paper_table
from interpbench.report.terminal import render
from interpbench.report.text import caption, comma_separated, markdown
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


def test_each_tier_has_the_best_member_of_its_families_on_dev() -> None:
    track = BOARD.tracks[0]
    table = family_table(track)
    keys = [column.key for column in table.columns]
    lines = [dict(zip(keys, row, strict=True)) for row in table.rows]
    assert {line["method"] for line in lines} == {row.name for row in track.rows if row.represents}
    assert len({(line["access"], line["family"]) for line in lines}) == len(lines)
    assert [line["difference"] for line in lines if line["method"] == track.rival] == ["the rival"]


def test_a_family_is_represented_at_each_tier_that_it_has_a_member_of() -> None:
    """The best on dev overall would stand for one tier alone."""
    track = BOARD.tracks[0]
    (good,) = (row for row in track.rows if row.name == "good_one")
    low = good.model_copy(update={"name": "low", "tier": "behaviour", "dev_score": 0.1})
    lost = good.model_copy(update={"name": "lost", "dev_score": 0.69})
    table = family_table(track.model_copy(update={"rows": [*track.rows, low, lost]}))
    assert [row[:3] for row in table.rows if row[1] == good.family] == [
        ("behaviour", good.family, "low"),
        ("weights", good.family, "good_one"),
    ]


def test_every_table_of_differences_says_what_would_show() -> None:
    track = BOARD.tracks[0]
    shown = [TABLE, family_table(track), inside_table(track), rows_table(track, ["good_one"])]
    for table in shown:
        assert any(note.startswith("Minimum detectable difference") for note in table.notes), table.title
    assert not any("detectable" in note for note in kind_table(track).notes)


def test_a_board_of_before_says_that_it_does_not_know_what_would_show() -> None:
    track = BOARD.tracks[0]
    groups = [group.model_copy(update={"detectable": None}) for group in track.groups]
    assert UNKNOWN in inside_table(track.model_copy(update={"groups": groups})).notes


def test_profiles_mark_what_does_not_enter_a_track() -> None:
    track = BOARD.tracks[0]
    rows = [row for row in track.rows if row.name != "norm"]
    other = track.model_copy(update={"track": "other", "rows": rows})
    table = profile_table([track, other])
    lines = {row[0]: row[2:] for row in table.rows}
    assert lines["norm"][1] == "n/a"
    assert lines["norm"][0] != "n/a"
    assert "n/a" not in lines["good_one"]
    assert set(lines) == {"norm", "good_one", "broken"}
    families = profile_table([track, other], families=True)
    assert [row[0] for row in families.rows] == ["influence", "statistics*"]
    assert all("good_one" in cell for cell in families.rows[0][1:])


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


def test_latex_gives_ends_of_intervals_columns_of_their_own() -> None:
    (spec,) = re.findall(r"begin\{tabular\}\{(.*)\}$", latex(paper_table(BOARD.tracks[0], ""), ""), flags=re.MULTILINE)
    assert spec.count("S[") == 2 * 3 + len(BOARD.tracks[0].parts) + 1, "accuracy, difference; parts; CPU seconds"
    lines = [line for line in tabular(paper_table(BOARD.tracks[0], "")) if line.strip().startswith("norm")]
    value = next(row for row in BOARD.tracks[0].rows if row.name == "norm").metrics["accuracy"]
    parts = (value.value, value.low, value.high)
    assert " & ".join(f"{100 * part:.0f}" for part in parts if part is not None) in lines[0]


def test_a_caption_says_what_an_asterisk_means_where_there_is_one() -> None:
    track = BOARD.tracks[0]
    for table in (TABLE, family_table(track), profile_table([track], families=True)):
        assert "statistics*" in latex(table, "")
        assert RIVALS in latex(table, "").partition(r"\caption")[2]
    assert RIVALS not in latex(kind_table(track), "")


def test_a_table_without_families_marks_rivals_by_name() -> None:
    track = BOARD.tracks[0]
    table = paper_table(track, "")
    assert [line[0] for line in table.rows] == [row.name + "*" * row.rival for row in track.rows]
    assert "norm*" in (line[0] for line in table.rows)
    assert RIVALS in latex(table, "").partition(r"\caption")[2]
    rows = [row.model_copy(update={"calibrated": False}) for row in track.rows]
    uncalibrated = paper_table(track.model_copy(update={"rows": rows}), "")
    assert "norm* (uncalibrated)" in (line[0] for line in uncalibrated.rows)


def test_bold_is_who_leads_clearly_and_not_who_beats_the_rival() -> None:
    """Two rows far above the rival that nothing tells apart: both beat it, none is bold."""
    where = refs()
    rival = entry("norm", lambda ref, unit: knows(ref, unit) * (ref.index % 3 > 0), where, rival=True)
    twins = [entry(name, knows, where) for name in ("one", "two")]
    tied = board(rival, *twins).tracks[0]
    assert not tied.leads["accuracy"].clear
    assert board_table(tied, "").leading == frozenset()
    assert "bfseries" not in latex(board_table(tied, ""), "")
    alone = board(rival, twins[0]).tracks[0]
    assert (alone.leads["accuracy"].best, alone.leads["accuracy"].clear) == ("one", True)
    assert r"\bfseries" in latex(board_table(alone, ""), "")


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
