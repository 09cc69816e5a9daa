"""The interpreter against Python itself, its errors, and what it may use up."""

import inspect
import random
import sys
from typing import Any

import numpy as np
import pytest
from theories import Writer, expected

from interpbench.theory import LimitError, RunError, canonical, errors, parse


def run(text: str, x: tuple[int, ...] = (3, 1, 2), **given: int) -> Any:
    return parse(text if text.startswith("def") else f"def rule(x): return {text}").run(x, **given)


@pytest.mark.parametrize("seed", range(8))
def test_values_are_pythons(seed: int) -> None:
    """Random theories: the same value, of the same type, or an error in both."""
    rng = random.Random(seed)
    values = 0
    for _ in range(60):
        text = Writer(rng, wild=rng.choice([0, 0.05])).theory(rng.randint(0, 5))
        x = tuple(rng.randint(0, 6) for _ in range(rng.randint(0, 5)))
        wanted = None
        try:
            got = parse(text).run(x)
        except LimitError:
            continue
        except RunError:
            wanted = expected(text, x)
            assert isinstance(wanted, type), (text, x, wanted)
            continue
        wanted = expected(text, x)
        assert got == wanted, (text, x)
        assert type(got) is type(wanted), (text, x)
        values += 1
    assert values > 20


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("7 % -3", -2),
        ("x[-1]", 2),
        ("x[5:1:-2]", (2,)),
        ("x[::-1]", (2, 1, 3)),
        ("0 or 5", 5),
        ("3 and ()", ()),
        ("not ()", 1),
        ("1 < 2 < 2", 0),
        ("True + True", 2),
        ("~True", -2),
        ("(1, 2) < (1, 3)", 1),
        ("(1,) == 1", 0),
        ("2 in x", 1),
        ("sorted(x) == [1, 2, 3]", 1),
        ("range(5, 0, -2)", (5, 3, 1)),
        ("[a * b for a, b in zip(x, x[1:])]", (3, 2)),
        ("max((v, -i) for i, v in enumerate(x))", (3, 0)),
        ("[i + j for i in range(3) for j in range(i) if i != j]", (1, 2, 3)),
        ("any(1 // (v - 1) for v in x)", 0),
        ("10 ** 18 * 9", 9 * 10**18),
        ("2 ** 200 % 1000", 2**200 % 1000),
        ("() * 10 ** 60", ()),
        ("0 << 10 ** 60", 0),
        ("1 >> 10 ** 60", 0),
        ("x[-10 ** 60:10 ** 60]", (3, 1, 2)),
    ],
)
def test_semantics(expression: str, value: Any) -> None:
    if expression.startswith("any("):
        with pytest.raises(errors.DivisionByZero):
            run(expression, (1, 3))
        assert run(expression, (2, 1)) == 1  # a generator is left at the first true element
        return
    assert run(expression) == value
    assert type(run(expression)) is type(value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("x[3]", errors.IndexFault),
        ("x[x]", errors.TypeFault),
        ("x - 1", errors.TypeFault),
        ("x < 1", errors.TypeFault),
        ("1 in 2", errors.TypeFault),
        ("sum((x, x))", errors.TypeFault),
        ("sorted((x, 1))", errors.TypeFault),
        ("[v for v in 3]", errors.TypeFault),
        ("(x, x)", errors.TypeFault),
        ("1 // 0", errors.DivisionByZero),
        ("1 % (x[0] - 3)", errors.DivisionByZero),
        ("max(())", errors.BadArgument),
        ("2 ** -1", errors.BadArgument),
        ("1 << -1", errors.BadArgument),
        ("x[::0]", errors.BadArgument),
        ("range(1, 2, 0)", errors.BadArgument),
        ("[a for a, b in (x, x)]", errors.UnpackFault),
        ("[a for a, b in x]", errors.TypeFault),
        ("[a for b in x for a in (a,)]", errors.UnboundName),
        ("def rule(x):\n    if x[0] == 0: y = 1\n    return y", errors.UnboundName),
        ("def rule(x):\n    if x[0] == 0: return 1", errors.NoReturn),
        ("10 ** 10 ** 10", errors.ValueTooLarge),
        ("2 ** 255 * 2", errors.ValueTooLarge),
        ("1 << 10 ** 9", errors.ValueTooLarge),
        ("2 ** 63", errors.ValueTooLarge),
        ("((((((((((1,),),),),),),),),),)", errors.ValueTooLarge),
        ("range(300)", errors.ValueTooLarge),
        ("len(range(10 ** 18))", errors.FuelError),
        ("len(range(10 ** 60))", errors.FuelError),
        ("len(x * 10 ** 9)", errors.FuelError),
        ("sum(1 for a in range(999) for b in range(999))", errors.FuelError),
        ("def rule(x):\n    t = x\n    for i in range(99): t = t + t\n    return t", errors.FuelError),
        ("def rule(x):\n    t = x\n    for i in range(7): t = (t,) * 50\n    return t == t", errors.FuelError),
    ],
)
def test_failures_have_types(text: str, error: type[RunError]) -> None:
    with pytest.raises(error):
        run(text)


def test_an_error_knows_its_place() -> None:
    with pytest.raises(errors.IndexFault) as caught:
        run("def rule(x):\n    y = 5\n    return y + x[y]")
    assert str(caught.value).split("\n") == [
        "line 3, column 16: element 5 of a sequence of 3",
        "        return y + x[y]",
        "                   ^",
    ]


def test_fuel_is_what_it_takes_and_no_more() -> None:
    """One step less than it takes fails; a longer input takes more."""

    def needed(x: tuple[int, ...]) -> int:
        theory = parse("def rule(x):\n    s = 0\n    for v in x:\n        s = (s + v) % 7\n    return s")
        for fuel in range(1000):
            try:
                theory.run(x, fuel=fuel)
            except errors.FuelError:
                continue
            return fuel
        raise AssertionError

    assert needed((1, 2)) == 3 + 2 + 2 * (1 + 6) + 2 - 1  # s = 0; for; rounds; return s
    assert needed((1, 2, 3)) - needed((1, 2)) == 7


def test_loops_leave_as_in_python() -> None:
    text = (
        "def rule(x):\n    out = ()\n    for a in x:\n        for b in x:\n            if b == 1: break\n"
        "            if a == 1: continue\n            out += (a, b)\n        if a == 2: return out\n    return 0"
    )
    assert run(text) == expected(text, (3, 1, 2)) == (3, 3, 2, 3)


DEEP = {
    "ifs": "def f(x):\n" + "".join(f"{' ' * i}if x:\n" for i in range(1, 92)) + " " * 92 + "return 1",
    "elifs": "def f(x):\n if x == (1,): return 2\n" + " elif x == (2,): return 3\n" * 90 + " return 1",
    "brackets": "def f(x): return len(" + "(" * 90 + "1" + ",)" * 90 + ")",
    "calls": "def f(x): return " + "abs(" * 95 + "x[0]" + ")" * 95,
    "comprehensions": "def f(x): return " + "sum(" * 45 + "1" + " for i in x[:1])" * 45,
}


@pytest.mark.parametrize("name", DEEP)
def test_the_deepest_theories_need_half_of_the_stack(name: str) -> None:
    """A caller may be 400 calls deep in Python's 1,000; and nothing that can be read is too deep to be used."""
    before = sys.getrecursionlimit()
    here = len(inspect.stack(0))
    sys.setrecursionlimit(here + 500)
    try:
        theory = parse(DEEP[name])
        assert canonical(theory) == canonical(parse(str(theory)))
        answers = theory.run_many(np.full((30, 3), 1))
        try:
            assert theory.run((1, 1, 1)) == answers.at(0)
        except LimitError:
            assert answers.failed.all()
    finally:
        sys.setrecursionlimit(before)
