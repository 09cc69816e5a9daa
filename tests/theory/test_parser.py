"""What the parser reads, and what it says about everything else."""

import random

import pytest
from theories import Writer

from interpbench.theory import InvalidTheory, parse, unparse

RULE = """
def rule(x):
    # the best token so far
    best = 0
    for i, v in enumerate(x):
        if v > x[best]:
            best = i
        elif v == 0:
            break
    a, (b, c) = best, (1, 2)
    d = e = -3 ** 2
    return [a if b else c, d, e, *()]
"""


def problem(text: str) -> InvalidTheory:
    with pytest.raises(InvalidTheory) as caught:
        parse(text)
    return caught.value


def body(line: str) -> str:
    return f"def f(x):\n    y = 1\n    {line}"


def test_short_forms_are_their_long_forms() -> None:
    short = "def f(x):\n    a = b = 1\n    a += 2\n    pass\n    return [a, b]"
    long = "def f(x):\n    a = 1\n    b = a\n    a = a + 2\n    return (a, b)"
    assert parse(short) == parse(long)


def test_places_and_comments_do_not_count() -> None:
    assert parse("def f(x):   # what for\n\n\n    return (x[0])   # 'why'") == parse("def f(x): return x[0]")
    assert parse("def f(x):\r\n    return 1\r\n") == parse("def f(x): return 1")


def test_different_texts_are_different() -> None:
    assert parse("def f(x): return any([v for v in x])") != parse("def f(x): return any(v for v in x)")
    assert parse("def f(x): return (x[0] + x[1]) + x[2]") != parse("def f(x): return x[0] + (x[1] + x[2])")


@pytest.mark.parametrize(
    ("text", "line", "column", "got"),
    [
        (body("return x.count(1)"), 3, 13, "a point"),
        (body("return 1 / 2"), 3, 14, "a division with fractions"),
        (body("return 1.5"), 3, 12, "'1.5'"),
        (body("return 2e9"), 3, 12, "'2e9'"),
        (body("return 'a'"), 3, 12, "a string"),
        (body("return {1}"), 3, 12, "a set"),
        (body("return (y := 1)"), 3, 15, "an assignment inside"),
        (body("return lambda: 1"), 3, 12, "lambda"),
        (body("return [*x]"), 3, 13, "*"),
        (body("return x[0, 1:2]"), 3, 17, "a slice in a tuple"),
        (body("return z"), 3, 12, "the unknown name z"),
        (body("return len"), 3, 12, "len without a call"),
        (body("return f(x)"), 3, 12, "a theory that calls itself"),
        (body("return f"), 3, 12, "the theory's own name"),
        (body("return maximum(x)"), 3, 12, "a call of maximum"),
        (body("return x(1)"), 3, 12, "a call of x"),
        (body("return sum(x, 1)"), 3, 12, "sum of 2 arguments"),
        (body("return max(x, key=len)"), 3, 19, "an argument with a name"),
        (body("return len(v for v in x)"), 3, 15, "a generator"),
        (body("return None"), 3, 12, "constant"),
        (body("return y is x"), 3, 17, "is"),
        (body("return 9223372036854775808"), 3, 12, "a number of more than 63 bits"),
        (body("return"), 3, 5, "a return of nothing"),
        (body("while y: pass"), 3, 5, "while"),
        (body("y"), 3, 5, "a line without an effect"),
        (body("x[0] = 1"), 3, 5, "an assignment to an element"),
        (body("x[0] += 1"), 3, 5, "augassign"),
        (body("len = 1"), 3, 5, "len as a variable"),
        (body("y: int = 1"), 3, 5, "an annotation"),
        (body("*y, z = x"), 3, 5, "starred as a target"),
        (body("import os"), 3, 5, "an import"),
        (body("break"), 3, 5, "break outside of a loop"),
        (body("for v in x: pass\n    else: y = 2"), 4, 11, "else after a loop"),
        (body("def g(x): return 1"), 3, 5, "a function in a function"),
        (body("return __name__"), 3, 12, "the name __name__"),
        (body("return [a for b in x for a in c]"), 3, 35, "the unknown name c"),
        ("def f(x, y): return 1", 1, 1, "another head"),
        ("def f(*x): return 1", 1, 1, "another head"),
        ("def f(x=1): return 1", 1, 1, "another head"),
        ("def f(x: int): return 1", 1, 7, "an annotation"),
        ("def f(x) -> int: return 1", 1, 13, "an annotation"),
        ("async def f(x): return 1", 1, 1, "asyncfunctiondef"),
        ("x = 1", 1, 1, "an assignment"),
        ("def f(x): return 1\ndef g(x): return 1", 2, 1, "a second function"),
        ("", 1, 1, "nothing"),
        ("def f(x) return 1", 1, 10, "a text that is not Python"),
        ("def f(\u0445): return 1", 1, 7, "the character U+0445 CYRILLIC SMALL LETTER HA"),
        ("def f(x): return \uff11", 1, 18, "the character U+FF11 FULLWIDTH DIGIT ONE"),
        ("def f(x): return 1 # \x00", 1, 22, "the character U+0000"),
        ("\ufeffdef f(x): return 1", 1, 1, "the character U+FEFF"),
        ("\ud800", 1, 1, "the character U+D800"),
        ("def f(x):\n\treturn 1\n        return 2", 3, 1, "a text that is not Python"),
    ],
)
def test_an_error_says_where_and_what(text: str, line: int, column: int, got: str) -> None:
    error = problem(text)
    assert error.got.startswith(got), error.got
    assert error.allowed
    assert (error.place.line, error.place.column) == (line, column), error.place


def test_an_error_shows_the_line_with_a_caret() -> None:
    lines = str(problem("def f(x):\n    return x[0] + best")).split("\n")
    assert lines[0].startswith("line 2, column 19: got the unknown name best; allowed: ")
    assert lines[1:] == ["        return x[0] + best", "                      ^"]


def test_a_long_line_is_cut_around_the_caret() -> None:
    lines = str(problem(f"def f(x): return ({'1, ' * 300}z{', 1' * 300})")).split("\n")
    assert len(lines[1]) <= 90
    assert lines[1][lines[2].index("^")] == "z"


def test_a_typo_meets_the_nearest_name() -> None:
    assert "meant best?" in problem("def f(x):\n    best = 1\n    return bst").allowed
    assert "meant sorted?" in problem("def f(x): return sort(x)").allowed


@pytest.mark.parametrize("opened", ["(", "[", "-", "not ", "len(", "1 if x else ", "x[", "2 ** ", "{", "(1,"])
@pytest.mark.parametrize("depth", [101, 10_000])
def test_deep_texts_are_refused(opened: str, depth: int) -> None:
    assert problem(f"def f(x): return {opened * depth}1").got


def test_limits_are_sharp() -> None:
    assert parse(f"def f(x): return {'1 + ' * 90}1").run(()) == 91
    assert "levels" in problem(f"def f(x): return {'1 + ' * 110}1").got
    assert "nodes" in problem("def f(x):\n" + "    y = 1\n" * 600).got
    assert "words" in problem("def f(x): return (" + "1," * 2000 + ")").got
    assert "characters" in problem("def f(x): return 1 #" + "x" * 100_000).got
    assert "33 characters" in problem(f"def {'f' * 33}(x): return 1").got


def test_comprehensions_have_names_of_their_own() -> None:
    """As in Python: the first source is read outside, and nothing written inside is seen outside."""
    assert parse("def f(x): return [x for x in x]").run((1, 2)) == (1, 2)
    assert "unknown name v" in problem("def f(x): return sum([v for v in x]) + v").got


@pytest.mark.parametrize("seed", range(5))
def test_printed_theories_are_read_again(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        theory = parse(Writer(rng).theory())
        assert parse(unparse(theory)) == theory
