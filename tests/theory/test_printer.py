"""Brackets stand where they are needed and nowhere else."""

import pytest

from interpbench.theory import parse, unparse


@pytest.mark.parametrize(
    "expression",
    [
        "(x[0] + x[1]) * 2",
        "x[0] - (x[1] - x[2])",
        "x[0] - x[1] - x[2]",
        "(-3) ** 2",
        "-x[0] ** 2",
        "2 ** -x[0]",
        "(2 ** 3) ** 2",
        "2 ** 3 ** 2",
        "not x[0] == 1",
        "(not x[0]) == 1",
        "-(not x[0])",
        "(x[0] or x[1]) and x[2]",
        "x[0] or x[1] and x[2]",
        "(x[0] and x[1]) and x[2]",
        "(1 if x else 2) if x[0] else 3",
        "1 if x else 2 if x[0] else 3",
        "(1 if x else 2) + 1",
        "(x[0] < x[1]) < x[2]",
        "x[0] < x[1] < x[2]",
        "x[0] not in (1,)",
        "(1, 2, (3,), ())",
        "x[1:]",
        "x[::2]",
        "x[:-1][0]",
        "(x + x)[0]",
        "(-3)[0]",
        "sum(v for v in x if v if (1 if v else 0))",
        "sum([v for v in x])",
        "[a for a, (b, c) in zip(x, zip(x, x)) for b in (x if a else x[1:])]",
        "x[0] & x[1] == 1",
        "x[0] >> 1 << 2",
        "~x[0] + +x[1]",
    ],
)
def test_expressions_are_printed_as_they_are_written(expression: str) -> None:
    printed = unparse(parse(f"def f(x): return {expression}"))
    assert printed == f"def f(x):\n    return {expression}"
    assert parse(printed) == parse(f"def f(x): return {expression}")


def test_blocks() -> None:
    text = "\n".join(
        [
            "def f(x):",
            "    for i, (a, b) in enumerate(zip(x, x)):",
            "        if a:",
            "            continue",
            "        elif b:",
            "            break",
            "        else:",
            "            c, = (1,)",
            "    for v in x:",
            "        pass",
            "    return 1",
        ]
    )
    assert unparse(parse(text)) == text


def test_blocks_at_every_depth_that_can_be_read() -> None:
    deep = "def f(x):\n" + "".join(f"{' ' * (i + 1)}if x:\n" for i in range(95)) + " " * 96 + "return 1"
    assert parse(unparse(parse(deep))) == parse(deep)
