"""The source behind an answer: everything that runs, and nothing that does not."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from interpbench.plugins.discovery import find_method, find_task
from interpbench.run import reach
from interpbench.run.reach import answer_hash, reached, task_hash
from interpbench.tracks.registry import TRACKS

IN_A_CELL = """
import json, sys
from interpbench.bundle import folder, query
from interpbench.plugins import endpoint, method
from interpbench.tracks import presented, registry
registry.TRACKS[{track!r}].within()
import {module}
print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0].startswith("interpbench"))))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that holds an import of each kind."""
    folder = tmp_path / "reach_sample"
    (folder / "inner").mkdir(parents=True)
    for name, text in {
        "__init__": "",
        "start": "import os\nimport reach_sample.plain\nfrom reach_sample import named\nfrom .inner import deep\n",
        "plain": "def f():\n    from reach_sample.late import g\n    return g\n",
        "named": "VALUE = 1\n",
        "late": "def g():\n    return 1\n",
        "apart": "import reach_sample.plain\n",
        "inner/__init__": "from reach_sample.broken import x\n",
        "inner/deep": "from ..named import VALUE\n",
        "broken": "def x(:\n",
    }.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_imports_of_every_kind_are_followed_within_their_package(package: Path) -> None:
    expected = {"", ".start", ".plain", ".named", ".late", ".inner", ".inner.deep", ".broken"}
    assert reached(["reach_sample.start"]) == sorted(f"reach_sample{name}" for name in expected)


def test_what_nobody_imports_is_not_reached(package: Path) -> None:
    assert "reach_sample.apart" not in reached(["reach_sample.start"])
    assert "reach_sample.apart" in reached(["reach_sample.start", "reach_sample.apart"])
    assert reached(["reach_sample.nothing"]) == []


@pytest.mark.parametrize(
    ("track", "name"),
    [
        ("generalization", "llc"),
        ("extraction", "circuit-guided-synthesis"),
        ("scratchpad", "attention-reading"),
        ("circuits", "acdc"),
        ("features", "sae"),
    ],
)
def test_all_that_a_cell_imports_counts(track: str, name: str) -> None:
    """An independent count: the modules that Python itself has loaded once a cell's imports are done."""
    info = find_method(name)
    assert info.module is not None
    script = IN_A_CELL.format(track=track, module=info.module)
    loaded = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
    starts = [f"interpbench.{name}" for name in ("bundle.folder", "bundle.query", "plugins.endpoint", "plugins.method")]
    of_track = [f"interpbench.tracks.{name}" for name in ("presented", "registry", f"{track}.within", f"{track}.enter")]
    counted = reached([*starts, *of_track, info.module])
    assert set(loaded) <= set(counted)
    assert not set(loaded) <= set(reached([*starts, *of_track]))  # the control: the plug-in's own are missing


def test_a_track_s_scores_and_other_tracks_are_no_part_of_an_answer() -> None:
    names = reached([f"interpbench.tracks.extraction.{part}" for part in ("enter", "within", "question")])
    assert "interpbench.models.transformer" in names
    assert not any(name.endswith((".score", ".key", ".family", ".track")) for name in names)
    assert not any(name.startswith("interpbench.tracks.generalization") for name in names)


def test_answers_differ_in_their_hash_by_what_they_reach() -> None:
    methods = [None, find_method("llc"), find_method("synthesis-from-rows")]
    assert len({answer_hash(track, method) for track in TRACKS for method in methods}) == len(TRACKS) * len(methods)
    assert task_hash(find_task("extraction/plain")) != task_hash(find_task("generalization/modular_addition"))


def test_where_an_endpoint_is_found_counts_for_methods_with_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def hashes() -> tuple[str, str]:
        return answer_hash("extraction", find_method("endpoint-theorist")), answer_hash("circuits", find_method("acdc"))

    before, content = hashes(), reach._content
    changed = "interpbench.plugins.endpoint"
    monkeypatch.setattr(reach, "_content", lambda name: "other" if name == changed else content(name))
    after = hashes()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_loose_file_counts_with_what_it_imports(tmp_path: Path) -> None:
    def hashed(text: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / "mine.py").write_text(LOOSE.format(text))
        return answer_hash("generalization", find_method(str(folder / "mine.py")))

    assert hashed("import math") == hashed("import json")
    assert hashed("from interpbench.toolkit import sgld") != hashed("import math")


LOOSE = '''"""Says one."""

{}

from interpbench import EntersGeneralization, Family, Method, Tier


class Mine(Method, EntersGeneralization):
    name = "mine"
    version = "1.0"
    family = Family.RIVALS
    tier = Tier.DATA

    def model_score(self, subject, rows, domain, ctx):
        return 1.0
'''


def test_an_installed_module_of_one_file_counts_with_what_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reach_onefile.py").write_text("from interpbench.toolkit import sgld\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "interpbench.toolkit.sgld" in reached(["interpbench.tracks", "reach_onefile"])


def test_a_module_that_is_found_by_no_path_is_read_from_its_file() -> None:
    """As of packages that an import hook installs."""
    info = find_method("llc")
    assert info.module is not None
    elsewhere = replace(info, module="hooked_somewhere.llc")
    assert answer_hash("generalization", elsewhere) not in {
        answer_hash("generalization", None),
        answer_hash("generalization", replace(find_method("scalars"), module="hooked_somewhere.norm")),
    }
