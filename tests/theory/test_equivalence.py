"""Agreement, equivalence, and the inputs that take every branch."""

import numpy as np
import pytest

from interpbench.theory import agreement, equivalent, parse
from interpbench.theory.cover import branches, cover
from interpbench.theory.domain import distinct, drawn, everything

GUARDED = (
    "def f(x):\n    if x[2] == 3 and x[5] == 1 and x[7] == 4 and x[8] == 6: return x[0]\n    return (x[0] + x[1]) % 7"
)
SMALL, LARGE = [range(4)] * 3, [range(7)] * 10


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_agreement_is_the_share_of_equal_answers() -> None:
    first, second = parse("def f(x): return x[0] == 1"), parse("def f(x): return x[1] == 1")
    tokens = everything([range(4)] * 2)
    assert agreement(first, second, tokens) == np.mean((tokens[:, 0] == 1) == (tokens[:, 1] == 1))
    assert np.isnan(agreement(first, second, tokens[:0]))


def test_what_counts_as_the_same_answer() -> None:
    def share(first: str, second: str) -> float:
        return agreement(
            parse(f"def f(x): return {first}"), parse(f"def f(x): return {second}"), everything([range(4)])
        )

    assert share("x[0] == x[0]", "1") == 1.0  # True is 1
    assert share("(1,)", "1") == 0.0
    assert share("(1, 0)", "(1,)") == 0.0
    assert share("x[9]", "1 // 0") == 1.0  # both fail
    assert share("x[9]", "0") == 0.0


def test_a_small_domain_is_looked_at_in_full() -> None:
    sums, names = parse("def f(x): return x[0] + x[1]"), parse("def f(x):\n    a, b, c = x\n    return b + a")
    found = equivalent(sums, names, SMALL, rng())
    assert found.equal
    assert found.exhaustive
    assert found.inputs == 64
    assert found.witness is None


def test_a_disagreement_has_a_witness() -> None:
    first, second = parse("def f(x): return x[0]"), parse("def f(x): return x[0] if x != (3, 3, 3) else 0")
    found = equivalent(first, second, SMALL, rng())
    assert not found.equal
    assert found.witness == (3, 3, 3)
    shares = {(branch.theory, branch.inputs, branch.agreement) for branch in found.branches}
    assert shares == {(0, 64, 63 / 64), (1, 1, 0.0), (1, 63, 1.0)}
    assert found.share_of_branches == pytest.approx(1 / 3)


def test_a_branch_of_a_two_thousandth_is_found() -> None:
    """Measure 1/2401, and the other theory does not know of it."""
    plain = parse("def f(x): return (x[0] + x[1]) % 7")
    for pair in ((parse(GUARDED), plain), (plain, parse(GUARDED))):
        found = equivalent(*pair, LARGE, rng())
        assert not found.equal
        assert not found.exhaustive
        rare = [branch for branch in found.branches if branch.outcomes == ((False, True),)]
        assert [branch.inputs >= 1000 for branch in rare] == [True]
        assert rare[0].agreement < 0.3


def test_extreme_inputs_are_tried() -> None:
    text = "def f(x):\n    if sum(x) == 60: return 1\n    return 0"
    assert not equivalent(parse(text), parse("def f(x): return 0"), LARGE, rng()).equal


def test_a_branch_that_is_never_taken_is_named() -> None:
    first = parse("def f(x):\n    if x[0] > 9: return 1\n    return 2 if x[1] else 3")
    found = equivalent(first, parse("def f(x): return 2 if x[1] else 3"), SMALL, rng())
    assert found.equal
    assert found.unreached == ((0, 0, True),)


def test_equal_theories_are_equal_on_every_branch() -> None:
    other = GUARDED.replace("return x[0]\n", "return x[0] * 1\n")
    found = equivalent(parse(GUARDED), parse(other), LARGE, rng())
    assert found.equal
    assert found.share_of_branches == 1.0


def test_cover_stays_in_the_domain() -> None:
    alphabets = [(2, 5), (1,), (0, 3, 9)] * 6
    inputs = cover([parse("def f(x): return 1 if x[0] == 3 and x[2] == 4 else 2")], alphabets, 100, rng(), 1000)
    assert all(set(column) <= set(letters) for column, letters in zip(inputs.T.tolist(), alphabets, strict=True))
    assert len(inputs) == len(distinct(inputs))


def test_branches_are_numbered_by_what_was_taken() -> None:
    taken = np.array([[0, 1], [1, 0], [0, 1], [1, 1]], dtype=bool)
    numbers = branches(taken).tolist()
    assert numbers[0] == numbers[2]
    assert len(set(numbers)) == 3
    assert branches(taken[:, :0]).tolist() == [0] * 4


def test_domains() -> None:
    assert everything([(1, 2), (5,), (0, 3)]).tolist() == [[1, 5, 0], [1, 5, 3], [2, 5, 0], [2, 5, 3]]
    assert everything([]).shape == (1, 0)
    assert drawn([(4,), (7,)], 3, rng()).tolist() == [[4, 7]] * 3


def test_an_empty_alphabet_is_refused() -> None:
    rule = parse("def f(x): return 1")
    with pytest.raises(ValueError, match="position 1 is empty"):
        equivalent(rule, rule, [(1,), ()], rng())
