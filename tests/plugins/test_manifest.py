import re
from pathlib import Path

import pytest

from interpbench.plugins.manifest import MethodCard, PluginError, Suite, TaskCard, folders, nearest, read_yaml


def written(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_card_is_read(tmp_path: Path) -> None:
    card = read_yaml(MethodCard, written(tmp_path, 'title: T\nvariants:\n  "": {}\n  fast: {rows: 3}\n'))
    assert card.variants == {"": {}, "fast": {"rows": 3}}
    assert read_yaml(Suite, written(tmp_path, "name: s\nversion: '1.0'\nseed: a\ntasks: {t/x: quick}\n")).tasks == {
        "t/x": "quick"
    }


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (MethodCard, "titel: T\n", "unknown key 'titel'; did you mean 'title'?"),
        (MethodCard, "variant: {}\n", "unknown key 'variant'; did you mean 'variants'?"),
        (TaskCard, "title: a\nquestion: b\nsizes: [quick]\nsize: 1\n", "unknown key 'size'; did you mean 'sizes'?"),
        (MethodCard, "zzz: 1\n", "unknown key 'zzz'; valid: calibration, fitted, limits, network, outputs_only"),
        (MethodCard, "title: [1\n", "not YAML at line 2, column 1: expected ',' or ']'"),
        (MethodCard, "- a\n", "the top: Input should be a valid dictionary"),
        (MethodCard, "", "the top: Input should be a valid dictionary"),
        (MethodCard, "variants: {}\n", "variants: Dictionary should have at least 1 item"),
        (MethodCard, "variants: {fast: 3}\n", "variants.fast: Input should be a valid dictionary; got 3"),
        (MethodCard, "wall_seconds: 0\n", "wall_seconds: Input should be greater than 0; got 0"),
        (TaskCard, "title: a\n", "question: Field required"),
        (
            Suite,
            "name: s\nversion: 1.0\nseed: a\ntasks: {t/x: quick}\n",
            "version: Input should be a valid string; got 1.0",
        ),
        (Suite, "name: s\nversion: '1'\nseed: a\ntasks: {}\n", "tasks: Dictionary should have at least 1 item"),
    ],
)
def test_a_fault_names_file_place_and_nearest_key(
    tmp_path: Path, kind: type[MethodCard], text: str, message: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(PluginError, match=re.escape(f"{path}: {message}")):
        read_yaml(kind, path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"gone\.yaml: no such file$"):
        read_yaml(MethodCard, tmp_path / "gone.yaml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"title: \xff\n")
    with pytest.raises(PluginError, match="not UTF-8"):
        read_yaml(MethodCard, path)


def test_a_key_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="twice"):
        read_yaml(MethodCard, written(tmp_path, "title: a\ntitle: b\n"))


def test_no_code_hides_in_a_card(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="could not determine a constructor"):
        read_yaml(MethodCard, written(tmp_path, "title: !!python/object/apply:os.getcwd []\n"))


def test_the_nearest_name_or_all_of_them() -> None:
    assert nearest("titel", ["title", "limits"]) == "; did you mean 'title'?"
    assert nearest("qqq", ["b", "a"]) == "; valid: a, b"
    assert nearest("x", []) == "; there are none"


def test_folders_are_packages_in_order(tmp_path: Path) -> None:
    for name in ("b", "a", "plain"):
        (tmp_path / name).mkdir()
    for name in ("b", "a"):
        (tmp_path / name / "__init__.py").touch()
    assert [folder.name for folder in folders(tmp_path)] == ["a", "b"]
