import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from interpbench.bundle.folder import QUESTION, STUDY, TENSORS, Bundle, files_hash, read_bundle, write_bundle
from interpbench.bundle.strict import InvalidDocument


def bundle(question: dict[str, Any] | None = None, study: bytes | None = None) -> Bundle:
    return Bundle(
        question={"b": [1, 2.5], "a": None} if question is None else question,
        tensors={"x": torch.arange(6).view(2, 3), "w": torch.randn(3, generator=torch.Generator().manual_seed(0))},
        study=study,
    )


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


@pytest.mark.parametrize("study", [None, b"learnt"])
def test_what_is_written_is_read(tmp_path: Path, study: bytes | None) -> None:
    want = bundle(study=study)
    got = read_bundle(write_bundle(tmp_path, want.files()))
    assert got.question == want.question
    assert set(got.tensors) == {"x", "w"}
    assert all(torch.equal(got.tensors[name], want.tensors[name]) for name in want.tensors)
    assert got.tensors["x"].dtype is torch.int64
    assert got.study == study


def test_equal_content_is_equal_bytes_whatever_the_order_or_the_layout() -> None:
    first = bundle()
    tensors = {"w": first.tensors["w"], "x": first.tensors["x"].T.contiguous().T}
    assert not tensors["x"].is_contiguous()
    second = Bundle(question={"a": None, "b": [1, 2.5]}, tensors=tensors)
    assert second.files() == first.files()
    assert files_hash(dict(reversed(first.files().items()))) == files_hash(first.files())


def test_any_other_content_is_another_name() -> None:
    plain = bundle()
    moved = Bundle(question=plain.question, tensors={**plain.tensors, "w": plain.tensors["w"] + 1})
    renamed = Bundle(question=plain.question, tensors={"y": plain.tensors["x"], "w": plain.tensors["w"]})
    variants = [plain, bundle({"b": [1, 2.5], "a": 0}), bundle(study=b""), bundle(study=b"x"), moved, renamed]
    assert len({files_hash(one.files()) for one in variants}) == len(variants)


def test_a_name_in_one_file_is_not_content_in_another() -> None:
    assert files_hash({"a": b"x", "b": b"y"}) != files_hash({"a": b"y", "b": b"x"})


def test_the_folder_is_named_by_its_content_and_readable_by_all(tmp_path: Path) -> None:
    files = bundle(study=b"x").files()
    folder = write_bundle(tmp_path / "new" / "root", files)
    assert folder.name == files_hash(files)
    assert names(folder) == sorted([QUESTION, TENSORS, STUDY])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_nothing_in_the_bytes_tells_the_time_or_the_place(tmp_path: Path) -> None:
    files = bundle().files()
    assert str(tmp_path).encode() not in b"".join(files.values())
    size = int.from_bytes(files[TENSORS][:8], "little")
    assert "__metadata__" not in json.loads(files[TENSORS][8 : 8 + size])


def test_a_bundle_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, bundle().files())
    before = (folder / QUESTION).stat()
    assert write_bundle(tmp_path, bundle().files()) == folder
    assert (folder / QUESTION).stat().st_ino == before.st_ino
    assert names(tmp_path) == [folder.name]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            write_bundle(tmp_path, bundle().files())
    assert names(tmp_path) == []
    assert read_bundle(write_bundle(tmp_path, bundle().files())).question == bundle().question


def test_no_half_written_bundle_is_ever_seen_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = bundle().files()
    target = tmp_path / files_hash(files)
    seen: list[bool] = []
    write = Path.write_bytes

    def watched(self: Path, content: bytes) -> int:
        seen.append(target.exists())
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", watched)
    write_bundle(tmp_path, files)
    assert seen == [False, False]
    assert names(target) == sorted(files)


def test_whoever_comes_second_finds_the_first_ones_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = bundle().files()
    rename = os.rename

    def overtaken(source: Path, target: Path) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", rename)
            write_bundle(tmp_path, files)  # another slot, in between
        rename(source, target)

    monkeypatch.setattr(os, "rename", overtaken)
    folder = write_bundle(tmp_path, files)
    assert names(tmp_path) == [folder.name]
    assert read_bundle(folder).question == bundle().question


def test_many_at_once_write_one_bundle(tmp_path: Path) -> None:
    files = bundle().files()
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: write_bundle(tmp_path, files), range(40)))
    assert len(folders) == 1
    assert names(tmp_path) == [files_hash(files)]


def test_a_question_that_json_lacks_a_number_for_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        bundle({"x": float("nan")}).files()


def test_a_damaged_question_is_named(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, bundle().files())
    (folder / QUESTION).write_bytes(b'{"a": 1, "a": 2}')
    with pytest.raises(InvalidDocument, match=r"^question.json: the key 'a' stands twice$"):
        read_bundle(folder)
