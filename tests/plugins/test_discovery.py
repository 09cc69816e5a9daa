import importlib
import re
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from interpbench.bundle.tier import Tier
from interpbench.plugins import discovery
from interpbench.plugins.contract.tasks import check_task
from interpbench.plugins.discovery import (
    broken,
    find_method,
    find_suite,
    find_task,
    forget,
    import_source,
    load_method,
    methods,
    read_method,
    read_task,
    tasks,
)
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import PluginError
from interpbench.run.plan import make_plan

METHOD = '''
"""A plug-in."""
from interpbench.bundle.tier import Tier
from interpbench.plugins.contract.tasks import check_task
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.generalization.enter import EntersGeneralization

class Mine(Method, EntersGeneralization):
    """Because it should.

    More.
    """

    name = "mine"
    family = Family.SLT
    version = "1.2"
    tier = Tier.BEHAVIOUR

    rows: int = 3

    def model_score(self, subject, rows, domain, ctx):
        return float(self.rows)
'''
TASK = '''
class Mine(GeneralizationTask):
    """A task."""

    name = "mine"
    version = "1.0"
'''
SUITE = "name: small\nversion: '1.0'\nseed: s\ntasks: {generalization/mine: quick}\n"


def method_in(folder: Path, source: str = METHOD, card: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text(source)
    if card is not None:
        (folder / "method.yaml").write_text(card)
    return folder


def task_in(folder: Path, source: str = TASK) -> Path:
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(source)
    (folder / "task.yaml").write_text("title: T\nquestion: Q?\nsizes: [quick]\n")
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two empty collections, installed by entry points: `a_methods` and `a_tasks`."""
    for name in ("a_methods", "a_tasks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('a collection was imported')\n")
    points = {"interpbench.methods": ["a_methods"], "interpbench.tasks": ["a_tasks"]}
    monkeypatch.setattr(
        discovery,
        "entry_points",
        lambda group: [EntryPoint(name=value, value=value, group=group) for value in points[group]],
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    forget()
    yield tmp_path
    forget()


# reading without importing


def test_a_method_is_read_from_its_source(tmp_path: Path) -> None:
    info = read_method(method_in(tmp_path / "m", card="variants: {slow: {rows: 9}}\n"), "pkg.m")
    assert (info.name, info.family, info.version, info.tier) == ("mine", Family.SLT, "1.2", Tier.BEHAVIOUR)
    assert (info.tracks, info.class_name, info.summary) == (("generalization",), "Mine", "Because it should.")
    assert (info.module, info.studies, info.folder) == ("pkg.m", False, tmp_path / "m")
    assert info.card.variants == {"slow": {"rows": 9}}
    assert (info.row("slow"), info.row("")) == ("mine/slow", "mine")


def test_a_loose_file_has_its_card_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "loose.py"
    path.write_text(
        METHOD.replace(
            "def model_score", "def study(self, rows, domain, ctx):\n        return {}\n\n    def model_score"
        )
    )
    (tmp_path / "loose.yaml").write_text("title: Loose\n")
    info = read_method(path)
    assert (info.folder, info.card.title, info.studies) == (path, "Loose", True)
    assert info.card_path == tmp_path / "loose.yaml"


def test_listing_runs_no_code_of_a_plug_in(installed: Path) -> None:
    method_in(installed / "a_methods" / "one", METHOD + "\nraise RuntimeError('imported')\n")
    task_in(installed / "a_tasks" / "generalization" / "mine", TASK + "\nraise RuntimeError('imported')\n")
    (installed / "a_tasks" / "suites").mkdir()
    (installed / "a_tasks" / "suites" / "small.yaml").write_text(SUITE)
    assert {name: info.module for name, info in methods().items()} == {"mine": "a_methods.one"}
    assert {name: info.module for name, info in tasks().items()} == {
        "generalization/mine": "a_tasks.generalization.mine"
    }
    assert find_suite("small").tasks == {"generalization/mine": "quick"}
    assert not [name for name in sys.modules if name.startswith(("a_methods", "a_tasks"))]


def test_the_class_need_not_even_have_its_imports(tmp_path: Path) -> None:
    source = METHOD[METHOD.index("class Mine") :]
    assert read_method(method_in(tmp_path / "m", "import nowhere\n" + source)).name == "mine"


def test_an_entry_point_into_a_package_that_is_gone_is_named(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        discovery, "entry_points", lambda group: [EntryPoint(name="x", value="gone_package.inner", group=group)]
    )
    assert methods() == {}
    assert "entry point interpbench.methods names 'gone_package.inner', which is not installed" in broken()


def test_an_entry_point_into_a_package_does_not_import_the_package(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method_in(installed / "a_methods" / "one", card="title: T\n")
    monkeypatch.setattr(
        discovery, "entry_points", lambda group: [EntryPoint(name="x", value="a_methods.one", group=group)]
    )
    assert set(methods()) == {"mine"}


def test_an_entry_point_to_nothing_is_named(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        discovery, "entry_points", lambda group: [EntryPoint(name="x", value="gone_module", group=group)]
    )
    assert methods() == {}
    assert "entry point interpbench.methods names 'gone_module', which is not installed" in broken()


def test_the_second_of_two_methods_of_one_name_is_left_out_and_named(installed: Path) -> None:
    for name in ("one", "two"):
        method_in(installed / "a_methods" / name)
    assert methods()["mine"].module == "a_methods.one"
    assert re.search(r"two/__init__\.py: the name 'mine' is taken by .*one/__init__\.py", broken()[0])


def test_a_broken_plug_in_hides_no_other(installed: Path) -> None:
    method_in(installed / "a_methods" / "one")
    (installed / "a_methods" / "two").mkdir()
    (installed / "a_methods" / "two" / "__init__.py").write_text("class Other(Method:\n")
    assert set(methods()) == {"mine"}
    assert re.search(r"two/__init__\.py:1: not Python", broken()[0])


def test_a_row_is_no_method(installed: Path) -> None:
    method_in(installed / "a_methods" / "one", card="variants: {slow: {rows: 9}}\n")
    with pytest.raises(PluginError, match=r"'mine/slow' is one row of method 'mine'; name the method: -m mine"):
        find_method("mine/slow")


# messages


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Tier.BEHAVIOUR", "Tier.BEHAVIOR", "`tier`: no Tier.BEHAVIOR; did you mean 'BEHAVIOUR'?"),
        ("Tier.BEHAVIOUR", "Tier.X", "`tier`: no Tier.X; valid: BEHAVIOUR, CHECKPOINTS, DATA, WEIGHTS"),
        ("Family.SLT", "Family.GRADIENTS", "`family`: no Family.GRADIENTS; did you mean 'GRADIENT'?"),
        (
            "EntersGeneralization)",
            "EntersGeneralisation)",
            "no track has the mixin 'EntersGeneralisation'; did you mean 'EntersGeneralization'?",
        ),
        ('    version = "1.2"\n', "", "Mine has no `version`"),
        ('name = "mine"', 'name = "mi" + suffix', "`name` must be a literal"),
        ("class Mine", "class Other(Method):\n    pass\n\nclass Mine", "2 classes that derive from Method; wanted one"),
        ("class Mine(Method, EntersGeneralization)", "class Mine", "0 classes that derive from Method; wanted one"),
        ("    rows: int = 3", "    rows: int = ", "not Python: invalid syntax"),
    ],
)
def test_a_fault_in_a_method_names_the_place_and_the_nearest(tmp_path: Path, old: str, new: str, message: str) -> None:
    source = METHOD.replace(old, new)
    assert source != METHOD
    folder = method_in(tmp_path / "m", source)
    with pytest.raises(PluginError) as caught:
        read_method(folder)
    assert message in str(caught.value)
    assert re.match(re.escape(str(folder / "__init__.py")) + r"(:\d+)?: ", str(caught.value))


def test_the_line_of_a_fault_is_told(tmp_path: Path) -> None:
    folder = method_in(tmp_path / "m", METHOD.replace('name = "mine"', "name = 1 + 2 + x"))
    line = 1 + (folder / "__init__.py").read_text().split("\n").index("    name = 1 + 2 + x")
    with pytest.raises(PluginError, match=rf"__init__\.py:{line}: `name` must be a literal"):
        read_method(folder)


def test_an_annotated_attribute_is_an_attribute_too(tmp_path: Path) -> None:
    assert read_method(method_in(tmp_path / "m", METHOD.replace("name = ", "name: ClassVar[str] = "))).name == "mine"


def test_a_tier_that_is_no_name_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="`tier`"):
        read_method(method_in(tmp_path / "m", METHOD.replace("Tier.BEHAVIOUR", "3")))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"gone: no such file; wanted a folder with `__init__\.py`, or a `\.py` file"):
        read_method(tmp_path / "gone")
    with pytest.raises(PluginError, match=r"gone: no such file; wanted a folder with `__init__\.py`"):
        read_task(tmp_path / "gone", "generalization")


def test_an_unknown_name_names_the_nearest(installed: Path) -> None:
    method_in(installed / "a_methods" / "one")
    task_in(installed / "a_tasks" / "generalization" / "mine")
    (installed / "a_tasks" / "suites").mkdir()
    (installed / "a_tasks" / "suites" / "small.yaml").write_text(SUITE)
    with pytest.raises(PluginError, match=r"^no method 'mime'; did you mean 'mine'\?$"):
        find_method("mime")
    with pytest.raises(PluginError, match=r"^no task 'generalisation/mine'; did you mean 'generalization/mine'\?$"):
        find_task("generalisation/mine")
    with pytest.raises(PluginError, match=r"^no suite 'smal'; did you mean 'small'\?$"):
        find_suite("smal")
    with pytest.raises(PluginError, match=r"^no suite 'zzz'; valid: small$"):
        find_suite("zzz")


def test_an_unknown_key_of_a_card_names_the_nearest(tmp_path: Path) -> None:
    folder = method_in(tmp_path / "m", card="varients: {}\n")
    with pytest.raises(PluginError, match=r"method\.yaml: unknown key 'varients'; did you mean 'variants'\?"):
        read_method(folder)


def test_names_and_paths_find_the_same(installed: Path) -> None:
    folder = method_in(installed / "a_methods" / "one")
    place = task_in(installed / "a_tasks" / "generalization" / "mine")
    assert find_method("mine").source == find_method(str(folder)).source
    assert find_task("mine") == find_task("generalization/mine")
    assert find_task(str(place)).name == "generalization/mine"


def test_a_suite_is_found_by_path(installed: Path) -> None:
    path = installed / "own.yaml"
    path.write_text(SUITE)
    assert find_suite(str(path)).name == "small"


# importing


def test_a_loaded_method_takes_its_hyper_parameters(tmp_path: Path) -> None:
    info = read_method(method_in(tmp_path / "m"))
    assert load_method(info, {"rows": 9}).parameters == {"rows": 9}


@pytest.mark.parametrize(
    ("source", "parameters", "message"),
    [
        (METHOD + "\nraise RuntimeError('no luck')\n", {}, "does not import: RuntimeError: no luck"),
        (
            "import nowhere_at_all\n" + METHOD,
            {},
            "does not import: ModuleNotFoundError: No module named 'nowhere_at_all'",
        ),
        (METHOD, {"row": 3}, "Mine: .*unexpected keyword argument 'row'"),
        (METHOD.replace("def model_score", "def _score"), {}, "Mine: Can't instantiate abstract class"),
        (
            METHOD.replace("def model_score", "def modelscore"),
            {},
            "does not import: MethodError: Mine.modelscore: no track",
        ),
    ],
)
def test_what_does_not_load_says_why(tmp_path: Path, source: str, parameters: dict[str, Any], message: str) -> None:
    info = read_method(method_in(tmp_path / "m", source))
    with pytest.raises(PluginError, match=rf"m/__init__\.py: {message}"):
        load_method(info, parameters)


def test_a_failed_import_leaves_nothing_behind_and_can_be_mended(tmp_path: Path) -> None:
    folder = method_in(tmp_path / "m", METHOD + "\nraise RuntimeError\n")
    before = set(sys.modules)
    with pytest.raises(PluginError):
        import_source(folder / "__init__.py", None)
    assert not {name for name in set(sys.modules) - before if name.startswith("interpbench_plugin")}
    method_in(folder)
    assert load_method(read_method(folder), {}).name == "mine"


def test_the_source_hash_is_that_of_code_and_data_and_not_of_cards_texts_and_caches(tmp_path: Path) -> None:
    folder = method_in(tmp_path / "m", card="title: T\n")
    first = read_method(folder).source_hash
    (folder / "method.yaml").write_text("title: U\n")
    (folder / "README.md").write_text("text")
    for cache in ("__pycache__", ".cache"):
        (folder / cache).mkdir()
        (folder / cache / "inner.pyc").write_bytes(b"1")
    assert read_method(folder).source_hash == first
    (folder / "inner.py").write_text("x = 1\n")
    second = read_method(folder).source_hash
    (folder / "inner.py").write_text("x = 2\n")
    third = read_method(folder).source_hash
    (folder / "inner.py").rename(folder / "outer.py")
    assert len({first, second, third, read_method(folder).source_hash}) == 4
    moved = tmp_path / "elsewhere" / "m"
    (folder / "outer.py").unlink()
    (folder / "weights.json").write_text("{}")
    assert read_method(folder).source_hash != first
    (folder / "weights.json").unlink()
    assert read_method(method_in(moved)).source_hash == first


def test_a_task_says_which_of_its_packages_are_missing(installed: Path) -> None:
    folder = task_in(installed / "a_tasks" / "generalization" / "mine")
    card = (folder / "task.yaml").read_text()
    (folder / "task.yaml").write_text(card + "requires: [numpy, nowhere-to-be-found]\n")
    (installed / "a_tasks" / "suites").mkdir()
    (installed / "a_tasks" / "suites" / "small.yaml").write_text(SUITE)
    info = tasks()["generalization/mine"]
    assert info.lacking.startswith("generalization/mine needs nowhere-to-be-found: not installed; ")
    with pytest.raises(PluginError, match=r"suite small: generalization/mine needs nowhere-to-be-found"):
        make_plan(find_suite("small"), tasks(), [])
    assert [problem.what for problem in check_task(info)] == [info.lacking]
    (folder / "task.yaml").write_text(card + "requires: [numpy]\n")
    assert read_task(folder, "generalization").lacking == ""
