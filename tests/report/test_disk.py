from collections.abc import Iterator
from pathlib import Path

import pytest

from interpbench.report.disk import write_file, write_files


def test_files_are_written_below_a_folder_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    found = write_files(tmp_path / "out", [("a/b.txt", b"one"), ("c.txt", b"two")])
    assert [path.read_bytes() for path in found] == [b"one", b"two"]
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_what_breaks_half_way_leaves_what_was_there(tmp_path: Path, error: BaseException) -> None:
    write_files(tmp_path / "out", [("a.txt", b"old")])

    def breaking() -> Iterator[tuple[str, bytes]]:
        yield "a.txt", b"new"
        raise error

    with pytest.raises(type(error)):
        write_files(tmp_path / "out", breaking())
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    write_file(tmp_path / "file", b"x")
    with pytest.raises(OSError, match="file"):
        write_files(tmp_path / "file", [("a", b"x")])
