from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from interpbench.report.site.names import LONGEST, slug


@given(st.text())
def test_no_name_leaves_its_folder(name: str) -> None:
    path = PurePosixPath("methods") / f"{slug(name)}.html"
    assert path.parent == PurePosixPath("methods")
    assert path.name not in {".html", "..html"}
    assert not path.name.startswith(".")
    assert len(path.name) <= LONGEST + 20
    assert path.name.isascii()


@given(st.lists(st.text(alphabet="aA/-. ", max_size=6), min_size=2, max_size=2, unique=True))
def test_no_two_names_meet_even_where_case_does_not_count(names: list[str]) -> None:
    first, second = map(slug, names)
    assert first.lower() != second.lower()


def test_ordinary_rows_stay_readable() -> None:
    assert slug("edge-attribution/ig-inputs") == "edge-attribution--ig-inputs"
    assert slug("generalization/modular_addition") == "generalization--modular_addition"
