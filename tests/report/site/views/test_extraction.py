import re

import numpy as np

from interpbench.report.site.views.extraction import answer, differences, question, regions
from interpbench.theory import parse
from interpbench.tracks.extraction.agree import fresh_inputs
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.key import Kind, TheoryKey

RULE = "def rule(x):\n    return x[0] % 2"
ALPHABETS = ((0, 1, 2),) * 4
NAMES = ("page", "test")
MODEL = tuple(int(token % 2) for token in fresh_inputs(ALPHABETS, NAMES)[:, 0])
KEY = TheoryKey(kind=Kind.PLAIN, theory=RULE, alphabets=ALPHABETS, classes=2, names=NAMES, model=MODEL)


def test_a_theory_that_equals_the_rule_differs_nowhere() -> None:
    text = answer(KEY, TheoryAnswer(theory="def f(x): return 1 if x[0] == 1 else 0"), regions(KEY))
    assert "Inputs on which rule and theory differ: 0 of 400 (fresh)" in text
    assert "<table" not in text


def test_inputs_on_which_rule_and_theory_differ_are_shown_with_what_the_network_says() -> None:
    text = answer(KEY, TheoryAnswer(theory="def f(x): return 0"), regions(KEY))
    rows = re.findall(r"<code>([\d ]+)</code></td><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>", text)
    assert rows
    for tokens, rule, theory, network in rows:
        first = int(tokens.split()[0])
        assert (rule, theory, network) == (str(first % 2), "0", str(first % 2))
        assert rule != theory


def test_a_theory_that_fails_is_no_answer_and_a_text_that_is_none_says_so() -> None:
    text = answer(KEY, TheoryAnswer(theory="def f(x): return x[9]"), regions(KEY))
    assert "400 of 400 (fresh)" in text
    assert "<td>fails</td>" in text
    assert "It is no theory" in answer(KEY, TheoryAnswer(theory="import os"), regions(KEY))


def test_what_a_method_writes_is_text() -> None:
    text = answer(KEY, TheoryAnswer(theory="</code><script>alert(1)</script>"), regions(KEY))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_rare_parts_of_the_domain_are_looked_at() -> None:
    guarded = KEY.model_copy(
        update={"kind": Kind.GUARDED_FEW, "guard": ((0, 1), (1, 1)), "theory": f"{RULE} if x[1] != 1 else 0"}
    )
    names = [region.name for region in regions(guarded)]
    assert names == ["inside the guard", "near misses", "fresh"]
    _, shares = differences(parse(guarded.theory), parse(RULE), regions(guarded))
    assert shares[0][1] == shares[0][2]  # wrong on every input inside
    assert shares[1][1] < shares[1][2]
    twist = KEY.model_copy(
        update={"apart": ((1, 0, 0, 0), (1, 1, 1, 1)), "rivals": (RULE, "def rule(x):\n    return 0")}
    )
    assert np.array_equal(regions(twist)[0].inputs, [[1, 0, 0, 0], [1, 1, 1, 1]])
    assert "All 2 rules" in question(twist)
