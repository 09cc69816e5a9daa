import numpy as np
import pytest

from interpbench.theory import parse
from interpbench.toolkit.language.mend import Unmendable, mended

TOKENS = np.random.default_rng(0).integers(0, 5, (200, 6))


@pytest.mark.parametrize(
    "text",
    [
        "def f(seq):\n    return seq[0]\n",
        'def rule(x: list[int]) -> int:\n    """Says what."""\n    s: int = 1\n    t: int\n    return s + x[1]\n',
        "def rule(x):\n    return x.count(2) + (x + x).count(x[0])\n",
        "def rule(x):\n    return x.index(max(x))\n",
        "def rule(x):\n    return len(set(x)) * 10 + len(set(v % 2 for v in x))\n",
        "def rule(x):\n    return sorted(x, reverse=True)[1]\n",
        "def rule(x):\n    return sum(v in {1, 3} for v in x) + (x[0] not in {2})\n",
        "def rule(x):\n    table = {1: 7, 0: 5, 2: 9, 3: 1, 4: 0}\n    return table[x[2]]\n",
        "def rule(x, m=3, k=2):\n    return (x[0] * k + x[1]) % m\n",
        "M = 4\nCLASSES = {0: 1, 1: 0, 2: 1, 3: 3, 4: 2}\ndef rule(x):\n    return sum(CLASSES[v] for v in x) % M\n",
        "def helper(x):\n    return 0\n\ndef rule(x):\n    return x[3]\n\nprint(rule((1, 2, 3, 4)))\n",
        "def rule(x):\n    v0 = 3\n    return x.count(v0) + sum(v1 == v0 for v1 in x)\n",
    ],
)
def test_it_says_what_python_says(text: str) -> None:
    """The reference is Python itself, on texts written here."""
    names: dict[str, object] = {}
    exec(text.replace("print(rule((1, 2, 3, 4)))", ""), names)
    function = names.get("rule") or names["f"]
    assert callable(function)
    found = parse(mended(text)).run_many(TOKENS)
    assert not found.failed.any()
    assert found.integers().tolist() == [function(list(map(int, row))) for row in TOKENS]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 3", "no function"),
        ("def rule(x)\n    return 1", "line 1: expected ':'"),
        ("def rule(x):\n    return " + "(" * 5000 + "1" + ")" * 5000, "too many nested parentheses"),
        ("def rule(x):\n    return \x00", "null bytes"),
    ],
)
def test_what_it_cannot_mend_it_says(text: str, says: str) -> None:
    with pytest.raises(Unmendable, match=says):
        mended(text)


def test_nothing_is_executed(capsys: pytest.CaptureFixture[str]) -> None:
    text = "print('run')\nT = print('run')\ndef rule(x=print('run')):\n    return 1\n"
    assert "def rule(x)" in mended(text)
    assert capsys.readouterr().out == ""
