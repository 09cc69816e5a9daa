from pathlib import Path

import pytest

from interpbench.plugins.contract.methods import check_method
from interpbench.plugins.discovery import find_suite, load_method, load_task, read_method, read_task
from interpbench.plugins.manifest import PluginError
from interpbench.plugins.scaffold import scaffold_method, scaffold_task
from interpbench.plugins.workbench import Workbench
from interpbench.tracks.registry import TRACKS


@pytest.mark.parametrize("track", TRACKS)
def test_a_new_method_keeps_the_contract_as_it_is(tmp_path: Path, track: str) -> None:
    written = scaffold_method("my-own-method", tmp_path, track)
    assert [path.name for path in written] == ["__init__.py", "method.yaml", "README.md"]
    info = read_method(written[0].parent)
    assert (info.name, info.class_name, info.tracks) == ("my-own-method", "MyOwnMethod", (track,))
    assert info.folder == tmp_path / "my_own_method"
    assert check_method(info) == []


def test_a_new_task_reads_and_has_recipes_and_a_rule(tmp_path: Path) -> None:
    written = scaffold_task("my_family", tmp_path)
    info = read_task(written[0].parent, "generalization")
    assert (info.name, info.class_name, info.card.sizes) == ("generalization/my_family", "MyFamily", ("quick",))
    task = load_task(info)
    assert {recipe.role for recipe in task.recipes("quick")} == {"generaliser", "fraction"}
    tokens = task.domain.everything()[:4]  # type: ignore[attr-defined]
    assert task.label(tokens).tolist() == [[0], [2], [4], [6]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["", "My-method", "my_method", "1st", "a--b", "-a", "a-", "a b", "a/b", "../a", "é"])
def test_a_malformed_method_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PluginError, match=r"wanted lower-case words with hyphens, e.g. `my-method`") as caught:
        scaffold_method(name, tmp_path)
    assert repr(name) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "MyFamily", "my-family", "1st", "a__b", "_a", "a b", "a/b", "../a"])
def test_a_malformed_task_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PluginError, match=r"wanted lower-case words with underscores, e.g. `my_family`"):
        scaffold_task(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("precious")
    for scaffold in (scaffold_method, scaffold_task):
        with pytest.raises(PluginError, match="mine: is there already; choose another name or --folder"):
            scaffold("mine", tmp_path)
    assert (tmp_path / "mine" / "__init__.py").read_text() == "precious"


def test_no_placeholder_is_left(tmp_path: Path) -> None:
    for path in (*scaffold_method("a-b", tmp_path), *scaffold_task("c_d", tmp_path)):
        text = path.read_text()
        assert "{name}" not in text
        assert "{title}" not in text
        assert "{class_name}" not in text


@pytest.mark.parametrize("track", TRACKS)
def test_a_new_method_is_asked_and_judged(tmp_path: Path, track: str) -> None:
    method = load_method(read_method(scaffold_method("mine", tmp_path, track)[0]), {})
    bench = Workbench(next(task for task in find_suite("smoke").tasks if task.startswith(f"{track}/")))
    cell = bench.score(bench.refs[0], bench.ask(method, bench.refs[0]))
    assert cell.answered, cell.reason


def test_a_name_that_is_taken_and_a_track_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="'acdc' is the name of an installed method; choose another"):
        scaffold_method("acdc", tmp_path)
    with pytest.raises(PluginError, match="no track 'circuit'; did you mean 'circuits'"):
        scaffold_method("mine", tmp_path, "circuit")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["none", "true", "false"])
def test_a_name_whose_class_would_be_a_keyword_still_reads(tmp_path: Path, name: str) -> None:
    assert read_method(scaffold_method(name, tmp_path)[0]).name == name
