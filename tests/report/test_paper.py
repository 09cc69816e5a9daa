"""The paper's folder compiles as it is, and nothing in it is wider than its page."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from boards import typical

from interpbench.report.disk import write_files
from interpbench.report.latex import tabular
from interpbench.report.paper.folder import paper_files
from interpbench.report.paper.macros import macro, macro_file, macros
from interpbench.report.table import board_table
from interpbench.score.board import Board

ONE = typical()
OTHER = ONE.tracks[0].model_copy(update={"track": "other_2"})
BOARD: Board = ONE.model_copy(update={"tracks": [ONE.tracks[0], OTHER]})

needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def compiled(folder: Path) -> str:
    """The log of a run over main.tex."""
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        errors="replace",
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return (folder / "main.log").read_text(errors="replace")


@needs_tex
def test_it_compiles_and_no_table_is_wider_than_its_page(tmp_path: Path) -> None:
    write_files(tmp_path / "paper", paper_files(BOARD).items())
    compiled(tmp_path / "paper")
    log = compiled(tmp_path / "paper")
    assert "Overfull" not in log
    assert not re.search(r"undefined", log)
    assert (tmp_path / "paper" / "main.pdf").stat().st_size > 10_000


@needs_tex
def test_the_control_a_table_that_is_not_scaled_is_too_wide(tmp_path: Path) -> None:
    write_files(tmp_path / "paper", paper_files(BOARD).items())
    wide = "\n".join([r"\begin{center}", *tabular(board_table(ONE.tracks[0], "")), r"\end{center}"])
    main = tmp_path / "paper" / "main.tex"
    main.write_text(main.read_text().replace(r"\end{document}", wide + "\n\\end{document}"))
    assert "Overfull" in compiled(tmp_path / "paper")


def test_names_of_macros_are_letters_and_no_two_are_equal() -> None:
    found = macros(BOARD)
    assert all(re.fullmatch("[A-Za-z]+", name) for name in found)
    value = next(row for row in ONE.tracks[0].rows if row.name == "good_one").metrics["accuracy"].value
    assert value is not None
    assert found["ibGeneralizationGoodOneAccuracy"][0] == f"{100 * value:.0f}"
    assert found["ibOtherTwoGoodOneAccuracy"][0] == f"{100 * value:.0f}"


def test_rows_whose_names_spell_alike_keep_macros_of_their_own() -> None:
    rows = ONE.tracks[0].rows
    twins = [rows[1].model_copy(update={"name": name}) for name in ("a/b-c", "a-b/c")]
    found = macros(ONE.model_copy(update={"tracks": [ONE.tracks[0].model_copy(update={"rows": twins, "rival": None})]}))
    assert {"ibGeneralizationABCAccuracy", "ibGeneralizationABCAccuracyA"} <= set(found)
    assert macro("a/b-c") == macro("a-b/c")


def test_every_macro_that_is_used_is_defined_and_indexed() -> None:
    files = {name: content for name, content in paper_files(ONE).items() if name.endswith(".tex")}
    used = set(re.findall(rb"\\(ib[A-Za-z]+)", files["main.tex"]))
    numbers = macro_file(macros(ONE))
    assert used
    for name in used:
        assert f"\\newcommand{{\\{name.decode()}}}" in numbers
        assert f"% \\{name.decode()}:" in numbers


def test_every_file_that_the_document_reads_is_there() -> None:
    files = paper_files(BOARD)
    main = files["main.tex"].decode()
    read = [f"{name}.tex" for name in re.findall(r"\\input\{(.+?)\}", main)]
    read += re.findall(r"\\includegraphics\[.*?\]\{(.+?)\}", main)
    assert len(read) > 10
    assert set(read) <= set(files)
