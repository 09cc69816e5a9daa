"""The store: atomic, content-addressed, and silent about damage."""

import errno
import os
from pathlib import Path

import pytest

from interpbench.bundle.outcome import Status
from interpbench.models.names import digest
from interpbench.run.provenance import provenance
from interpbench.run.store import AnswerRecord, Store, StoreError


def record(**changes: object) -> AnswerRecord:
    values = {
        "parts": {"question": "q"},
        "row": "a/b",
        "task": "t",
        "unit": "u",
        "status": Status.OK,
        "answer": "{}",
        "provenance": provenance("process"),
    }
    return AnswerRecord.model_validate(values | changes)


def test_round_trip(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = store.put_answer(record())
    assert name == digest({"question": "q"})
    assert store.answer("a/b", name) == record()
    assert [found for _, found in store.answers("a/b")] == [record()]


@pytest.mark.parametrize("damage", [b"", b"{", b'{"schema_version": 1}', None])
def test_what_is_unreadable_is_a_miss(tmp_path: Path, damage: bytes | None) -> None:
    store = Store(tmp_path)
    name = store.put_answer(record())
    path = store.answer_path("a/b", name)
    path.write_bytes(path.read_bytes()[:-20] if damage is None else damage)
    assert store.answer("a/b", name) is None


def test_an_answer_under_a_wrong_name_is_a_miss(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = store.put_answer(record())
    other = store.answer_path("a/b", digest("another"))
    other.write_bytes(store.answer_path("a/b", name).read_bytes())
    assert store.answer("a/b", digest("another")) is None


def test_a_study_is_checked_by_its_hash(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = store.put_study(b"content")
    assert store.study(name) == b"content"
    (tmp_path / "studies" / f"{name}.safetensors").write_bytes(b"contend")
    assert store.study(name) is None


def test_a_failed_write_leaves_nothing_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = Store(tmp_path)
    store.put_answer(record(unit="before"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"the disk is full; free some space.*Finished cells are kept"):
        store.put_answer(record(parts={"question": "other"}))
    assert len(list((tmp_path / "answers").rglob("*"))) == 2  # the folder and the first answer


def test_a_store_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another folder with --store"):
        Store(tmp_path / "file").put_document("keys", "name", [])


def test_replacing_is_atomic_under_readers(tmp_path: Path) -> None:
    """A reader sees the old document or the new one, never a part."""
    store = Store(tmp_path)
    for number in range(50):
        store.put_document("runs", "one", {"number": number, "padding": "x" * 5000})
        assert store.document("runs", "one")["number"] == number
    assert not list(tmp_path.rglob(".partial-*"))


def test_a_document_keeps_its_order(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put_document("boards", "one", {"recipe": 1, "fraction": 2, "answered": 3})
    assert list(store.document("boards", "one")) == ["recipe", "fraction", "answered"]
