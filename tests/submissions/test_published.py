"""Boards and cells that were changed by hand: a sentence that says where, and never a traceback."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import interpbench

from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.gate import check_board
from interpbench.submissions.published import KEY, cells_file, counterpart, read_published

TABLE = Path("tables") / "smoke-generalization.json"


@pytest.fixture
def board(odd_run: Path, tmp_path: Path) -> Path:
    """A leaderboard to be changed."""
    return Path(shutil.copytree(odd_run / "leaderboard", tmp_path / "leaderboard"))


def changed(board: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    document = json.loads((board / TABLE).read_text())
    change(document)
    (board / TABLE).write_text(json.dumps(document))


def _row(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in document["tracks"][0]["rows"] if row["name"] == "confidence")
    return found


def _track(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: document["tracks"][0].update(fields)


BOARDS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "an-unknown-headline": (_track(headline="zz"), "headline 'zz' is "),
    "an-unknown-headline-and-no-parts": (
        _track(headline="zz", parts=[]),
        "the headline 'zz' is no metric of its track",
    ),
    "an-unknown-part": (_track(parts=["zz"]), "part 'zz' is none of its metrics"),
    "an-unknown-figure": (_track(scatter=["accuracy", "zz"]), "metric of the figure 'zz' is none of its metrics"),
    "an-unknown-track": (_track(track="generalisation"), "there is no track 'generalisation'"),
    "an-unknown-rival": (_track(rival="zz"), "rival 'zz' is none of its rows"),
    "a-renamed-row": (lambda d: _row(d).update(name="zz"), "'confidence' is none of its rows"),
    "a-row-twice": (lambda d: d["tracks"][0]["rows"].append(_row(d)), "row 'confidence' stands 2 times"),
    "a-metric-gone": (lambda d: _row(d)["metrics"].pop("accuracy"), "the track's metrics differ in 'accuracy'"),
    "no-number": (lambda d: _row(d)["metrics"]["accuracy"].update(value=float("nan")), "NaN is not a number"),
}


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_whose_names_lead_nowhere_is_a_sentence(name: str, board: Path) -> None:
    change, sentence = BOARDS[name]
    changed(board, change)
    with pytest.raises(SubmissionError) as error:
        read_published(board)
    assert sentence in str(error.value)
    assert str(TABLE) in str(error.value)


def values_of(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if name.startswith("value.")]


def replaced(table: pa.Table, name: str, column: list[Any]) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(column))


TABLES: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    "no-rows-named": (lambda t: t.drop_columns(["row"]), "there is no column 'row'"),
    "no-values": (lambda t: t.drop_columns(values_of(t)), "there is no column of values"),
    "text-for-values": (lambda t: replaced(t, values_of(t)[0], ["x"] * len(t)), "wanted numbers"),
    "numbers-for-rows": (lambda t: replaced(t, "row", [1] * len(t)), "column 'row' is of int64; wanted text"),
    "gaps": (lambda t: replaced(t, "row", [None, *t["row"].to_pylist()[1:]]), "wanted text, and no gap"),
    "numbers-for-answered": (lambda t: replaced(t, "answered", [2] * len(t)), "wanted bool, and no gap"),
    "an-answer-twice": (lambda t: pa.concat_tables([t, t.slice(0, 1)]), "twice"),
    "about-a-list": (lambda t: t.replace_schema_metadata({KEY: b"[]"}), "what they are of is no object"),
    "about-deep": (lambda t: t.replace_schema_metadata({KEY: b"[" * 10**5}), "nested too deeply"),
    "about-nothing": (lambda t: t.replace_schema_metadata({}), "cells of (None, None, None)"),
}


@pytest.mark.parametrize("name", TABLES)
def test_cells_that_are_none_are_a_sentence(name: str, board: Path) -> None:
    change, sentence = TABLES[name]
    path = cells_file(board / TABLE)
    table = pq.read_table(path)
    made = change(table)
    pq.write_table(made if name.startswith("about") else made.replace_schema_metadata(table.schema.metadata), path)
    with pytest.raises(SubmissionError) as error:
        read_published(board)
    assert sentence in str(error.value)
    assert path.name in str(error.value)


def test_cells_without_a_value_that_the_track_reduces_are_a_problem(board: Path, tmp_path: Path) -> None:
    path = cells_file(board / TABLE)
    table = pq.read_table(path)
    first, *others = values_of(table)
    zz = table.rename_columns(["value.zz" if name == first else name for name in table.column_names])
    pq.write_table(zz.drop_columns(others).replace_schema_metadata(table.schema.metadata), path)
    told = "\n".join(map(str, check_board(board, store=tmp_path / "derived").problems))
    assert "its published cells lack the value" in told


def test_an_untouched_board_is_read(board: Path) -> None:
    (track,) = read_published(board)
    assert track.cells is not None
    assert "confidence" in track.cells


def test_the_commands_end_with_a_sentence_and_a_code(board: Path) -> None:
    changed(board, _track(headline="zz"))
    for words in (["board", "check", str(board)], ["board", "build", "--from", str(board / "tables")]):
        done = interpbench(*words, cwd=board.parent)
        assert done.returncode == 2
        assert "zz" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_run_is_held_against_the_board_of_its_own_suite() -> None:
    every = read_published(Path(__file__).parents[2] / "leaderboard")
    suites = {one.board.suite for one in every}
    assert len(suites) > 1  # else there is nothing to choose from
    for suite in suites:
        (version,) = {one.suite for one in every if one.board.suite == suite}
        found = counterpart(every, "circuits", version)
        assert found is not None
        assert found.suite == version
        older = counterpart(list(reversed(every)), "circuits", f"{suite} 0.1")
        assert older is not None
        assert older.board.suite == suite
    assert counterpart(every, "nothing", "quick 1.5") is None
