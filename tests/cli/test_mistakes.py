"""A user's mistake gives a sentence, a documented exit code, and no traceback."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import interpbench

import interpbench_tasks
from interpbench.cli.errors import Exit
from interpbench.plugins.discovery import tasks


def refused(code: Exit, *words: str, cwd: Path, store: Path | None = None) -> str:
    done = interpbench(*words, cwd=cwd, store=store or cwd / "store")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "--suite", "quikc"], "no suite 'quikc'; did you mean 'quick'?"),
        (["run", "--method", "scalar"], "no method 'scalar'; did you mean 'scalars'?"),
        (["run", "--task", "modular_adition"], "no task 'modular_adition'"),
        (["list", "method"], "nothing called 'method' to list; did you mean 'methods'?"),
        (["info", "scalers"], "did you mean 'scalars'?"),
        (["run", "--isolation", "bwarp"], ""),
        (["run", "--no-such-flag"], "No such option"),
        (["report", "--format", "parquet"], "name it with --output FOLDER"),
        (["report", "--output", "board.txt"], "--format terminal prints; for a file choose"),
        (["report", "--suite", "smoke", "--figures", "out"], "nothing of suite smoke is stored"),
        (["export", "--hf", "out", "--suite", "smoke"], "nothing of suite smoke is stored"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(words: list[str], sentence: str, tmp_path: Path) -> None:
    code = Exit.ISOLATION if "--isolation" in words else Exit.USAGE
    assert sentence in refused(code, *words, cwd=tmp_path)


@pytest.mark.skipif(not tasks()["extraction/prompted"].lacking, reason="extra `lm` is installed")
def test_a_suite_whose_packages_are_missing_says_which(tmp_path: Path) -> None:
    for words in (["run", "--suite", "lm"], ["zoo", "verify", "extraction/prompted"]):
        assert "extraction/prompted needs " in refused(Exit.USAGE, *words, cwd=tmp_path)


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ntasks: {a: b\n")
    assert "mine.yaml: not YAML at line" in refused(Exit.USAGE, "run", "--suite", "mine.yaml", cwd=tmp_path)


def test_an_unknown_key_gets_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nversion: '1'\nsede: x\ntasks: {a: b}\n")
    assert "unknown key 'sede'; did you mean 'seed'?" in refused(
        Exit.USAGE, "run", "--suite", "mine.yaml", cwd=tmp_path
    )


def test_a_plug_in_that_does_not_import_is_a_row_with_the_reason(tmp_path: Path) -> None:
    interpbench("new", "method", "broken", cwd=tmp_path)
    source = tmp_path / "broken" / "__init__.py"
    source.write_text("import no_such_module\n" + source.read_text())
    assert "No module named 'no_such_module'" in _checked(tmp_path)


def _checked(folder: Path) -> str:
    done = interpbench("check", "method", "./broken", cwd=folder)
    assert done.returncode == Exit.PROBLEMS
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            lambda zoo: (zoo / "zoo.safetensors").write_bytes((zoo / "zoo.safetensors").read_bytes()[:1000]),
            "damaged or truncated",
        ),
        (lambda zoo: (zoo / "zoo.safetensors").unlink(), "the weights are missing"),
        (lambda zoo: (zoo / "zoo.json").write_text("{"), "damaged at"),
        (lambda zoo: _flip(zoo / "zoo.safetensors"), "are not those of the manifest"),
    ],
)
def test_a_damaged_zoo(damage: object, sentence: str, tmp_path: Path) -> None:
    """A copy of a task with a damaged zoo is refused before any cell runs."""
    original = Path(interpbench_tasks.__file__).parent / "generalization" / "streaming_parity"
    copy = tmp_path / "generalization" / "parity_copy"
    shutil.copytree(original, copy)
    source = copy / "__init__.py"
    source.write_text(source.read_text().replace('name = "streaming_parity"', 'name = "parity_copy"'))
    damage(copy)  # type: ignore[operator]
    said = refused(Exit.ZOO, "run", "--suite", "smoke", "--task", str(copy), "--method", "confidence", cwd=tmp_path)
    assert sentence in said
    assert "interpbench zoo build" in said


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    header = 8 + int.from_bytes(content[:8], "little")
    for place in range(header, len(content), 997):
        content[place] ^= 0xFF
    path.write_bytes(bytes(content))


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX")
def test_a_store_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    said = refused(Exit.STORE, "run", "--suite", "smoke", "--method", "confidence", cwd=tmp_path)
    assert "choose another folder with --store" in said


def test_help_is_quick_and_imports_no_torch(tmp_path: Path) -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from interpbench.cli.app import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "import json; heavy = ('torch', 'numpy', 'pandas', 'transformer_lens');"
        "print(json.dumps([m for m in heavy if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_listing_imports_no_plug_in_and_no_torch(tmp_path: Path) -> None:
    script = (
        "import sys; from interpbench.plugins.discovery import methods, tasks, suites; methods(); tasks(); suites();"
        "plugs = ('interpbench_methods.', 'interpbench_tasks.g');"
        "bad = [m for m in sys.modules if m == 'torch' or m.startswith(plugs)];"
        "assert not bad, bad"
    )
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
    assert time.monotonic() - began < 30
