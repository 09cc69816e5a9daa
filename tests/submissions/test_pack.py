"""A finished run becomes one file, the same for the same run; an unfinished one does not."""

import json
import shutil
from pathlib import Path

import pytest
from bundles import ROWS
from command_line import interpbench

from interpbench.cli.errors import Exit
from interpbench.submissions.archive import packed, read_archive, unpacked
from interpbench.submissions.contents import read_contents
from interpbench.submissions.manifest import MANIFEST


def test_what_is_packed_is_read_again_and_the_order_of_files_does_not_matter() -> None:
    files = {"b/x.json": b"1", "a.json": b"2" * 5000}
    assert unpacked(packed(files), "it") == files
    assert packed(files) == packed(dict(reversed(list(files.items()))))


def test_a_bundle_holds_every_answer_and_neither_scores_nor_logs_nor_paths(odd_run: Path) -> None:
    files = read_archive(odd_run / "odd.ibz")
    contents = read_contents(files)
    assert set(contents.answers) == set(ROWS)
    stored = [json.loads(path.read_text()) for path in (odd_run / "store" / "answers").glob("odd--*/*.json")]
    held = [record for of_row in contents.answers.values() for units in of_row.values() for record in units.values()]
    held += [record for records in contents.studies.values() for record in records]
    assert len(held) == len(stored)
    assert {record["status"] for record in stored} == {"ok", "crashed", "not_applicable"}
    assert {(r.row, r.task, r.unit, r.mode, r.answer) for r in held} == {
        (r["row"], r["task"], r["unit"], r["mode"], r["answer"]) for r in stored
    }
    text = b"".join(files.values()).decode()
    assert str(odd_run) not in text
    assert '"log"' not in text
    assert '"scores"' not in text
    manifest = contents.manifest
    assert manifest.contact.authors == ("A. Author", "B. Author")
    assert manifest.methods[0].card.tuned == "Nothing."
    assert set(manifest.methods[0].source) == {"__init__.py", "method.yaml"}


def test_the_same_run_gives_the_same_bytes(odd_run: Path, tmp_path: Path) -> None:
    who = ["--authors", "A. Author", "--authors", "B. Author", "--contact", "a@example.org", "--with-source"]
    words = ["submit", "./odd", "--suite", "smoke", "-o", str(tmp_path / "again"), *who]
    done = interpbench(*words, cwd=odd_run, store=odd_run / "store")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.ibz").read_bytes() == (odd_run / "odd.ibz").read_bytes()


def test_a_cell_that_has_not_run_refuses_packing_with_the_command_that_runs_it(odd_run: Path, tmp_path: Path) -> None:
    shutil.copytree(odd_run / "store" / "answers", tmp_path / "store" / "answers")
    next(path for path in (tmp_path / "store" / "answers" / "odd--plain").glob("*.json") if _answers(path)).unlink()
    words = ["submit", str(odd_run / "odd"), "--suite", "smoke", "-o", "x.ibz"]
    for more in ([], ["--partial"]):  # a track of which some has run is never left out
        done = interpbench(*words, *more, cwd=tmp_path, store=tmp_path / "store")
        assert done.returncode == Exit.USAGE
        assert "1 of 56 cells have not run" in done.stderr
        assert "interpbench run --suite smoke -m " in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.ibz").exists()


def _answers(path: Path) -> bool:
    return bool(json.loads(path.read_text())["mode"] == "answer")


def test_mistakes_get_a_sentence(odd_run: Path, tmp_path: Path) -> None:
    for words, code, sentence in (
        (["submit", "--suite", "smoke"], Exit.USAGE, "no method named"),
        (["submit", "confidense"], Exit.USAGE, "did you mean 'confidence'?"),
        (["verify", "nothing.ibz"], Exit.USAGE, "No such file or directory"),
        (["verify", str(odd_run / "odd" / "__init__.py")], Exit.PROBLEMS, "refused, 1 problem"),
        (["compare", "nothing.ibz"], Exit.USAGE, "no such folder"),
        (["board", "check", "nothing"], Exit.USAGE, "nothing: no such folder"),
    ):
        done = interpbench(*words, cwd=tmp_path, store=tmp_path / "store")
        assert done.returncode == code, done.stderr
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(odd_run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = ["submit", "./odd", "--suite", "smoke", "-o", str(tmp_path / "file" / "x.ibz")]
    done = interpbench(*words, cwd=odd_run, store=odd_run / "store")
    assert done.returncode == Exit.STORE
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("word", [MANIFEST, "answers/odd--plain/generalization--modular_addition.jsonl"])
def test_names_in_a_bundle_are_those_of_the_documentation(word: str, odd_run: Path) -> None:
    assert word in read_archive(odd_run / "odd.ibz")
