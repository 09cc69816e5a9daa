import pytest
from boards import typical

from interpbench.report.publish import put, rows_table

PAGE = "before\n<!-- one -->\nold\n<!-- /one -->\nbetween\n<!-- two -->\n<!-- /two -->\n"


def test_a_block_is_replaced_and_nothing_else() -> None:
    once = put(PAGE, "one", "new \\1\n\n")
    assert once == PAGE.replace("old", "new \\1")
    assert put(once, "one", "new \\1") == once
    assert "<!-- two -->\nx\n<!-- /two -->" in put(PAGE, "two", "x")


def test_a_page_without_the_block_is_named() -> None:
    with pytest.raises(ValueError, match=r"<!-- three --> .* in README"):
        put(PAGE, "three", "new", "README")


def test_the_table_of_a_method_has_its_rows_by_kind_and_its_difference() -> None:
    (track,) = typical().tracks
    names = [row.name for row in track.rows if not row.bound]
    table = rows_table(track, names[:2])
    assert [row[0] for row in table.rows] == names[:2]
    keys = [column.key for column in table.columns]
    assert keys[:2] == ["method", "accuracy"]
    assert keys[-1] == "difference"
    assert {"recipe", "seed"} < set(keys)
    assert "null" not in keys
    assert all(len(row) == len(keys) for row in table.rows)
