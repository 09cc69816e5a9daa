"""What docs/theory.md says is so."""

import re
from pathlib import Path

import pytest

from interpbench.theory import InvalidTheory, limits, parse, size
from interpbench.theory.syntax import FUNCTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "theory.md").read_text()


def test_the_example_is_a_theory() -> None:
    example = PAGE.split("```python\n")[1].split("```")[0]
    theory = parse(example)
    assert theory.run((4, 0, 3, 0, 0, 1, 0, 0)) == 4
    assert theory.run((6, 6, 6, 6, 6, 6, 6, 6)) == (6 + 6 + 1) % 7


def test_the_error_is_as_shown() -> None:
    shown = PAGE.split("```\nline 2")[1].split("```")[0]
    with pytest.raises(InvalidTheory) as caught:
        parse("def rule(x):\n    return x.count(2)")
    assert str(caught.value) == "line 2" + shown.rstrip()


def test_limits_are_as_in_the_table() -> None:
    for number in (limits.TEXT, limits.TOKENS, limits.NODES, limits.NESTING, limits.NAME, limits.FUEL, limits.BITS):
        assert re.search(rf"\b{number:,}\b", PAGE), number


def test_every_function_is_named() -> None:
    table = PAGE.split("## Grammar")[1].split("## Limits")[0]
    assert all(re.search(rf"\b{name}\b", table) for name in FUNCTIONS)


@pytest.mark.parametrize(
    "words", ["'a'", "1.5", "x.y", "{1}", "{1: 2}", "lambda: 1", "rule(x)", "(y := 1)", "len(*x)", "__x"]
)
def test_what_is_refused(words: str) -> None:
    with pytest.raises(InvalidTheory):
        parse(f"def rule(x): return {words}")


def test_sizes_are_as_told() -> None:
    one = size(parse("def rule(x): return 1"))
    told = {"-3": 1, "1 < x[0] < 3": 2 + 2 + 3, "x and x and x": 2 + 3}
    assert {text: size(parse(f"def rule(x): return {text}")) - one + 1 for text in told} == told
