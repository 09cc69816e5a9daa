from collections.abc import Iterator
from pathlib import Path

import pytest

from interpbench.report.site.write import MARK, NotASite, write


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_site_is_replaced_by_a_newer_one(tmp_path: Path) -> None:
    site = tmp_path / "deep" / "site"
    assert write(site, [("a.html", b"1"), ("b/c.js", b"2")]) == 2
    write(site, [("a.html", b"3")])
    assert set(contents(site)) == {"a.html", MARK}
    assert contents(site)["a.html"] == b"3"
    assert [path.name for path in site.parent.iterdir()] == ["site"]  # nothing lies about


def test_what_is_no_site_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years")
    with pytest.raises(NotASite, match="holds files that are no site"):
        write(tmp_path, [("a.html", b"1")])
    assert contents(tmp_path) == {"thesis.tex": b"years"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_build_that_breaks_off_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    site = tmp_path / "site"
    write(site, [("a.html", b"old")])

    def broken() -> Iterator[tuple[str, bytes]]:
        yield "a.html", b"new"
        raise error

    with pytest.raises(type(error)):
        write(site, broken())
    assert contents(site)["a.html"] == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
