"""The printed form is Python: evaluated by Python on plain lists, it is the slow interpreter of these tests."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpbench.toolkit.programs.growth import SMALL, Growth
from interpbench.toolkit.programs.leaves import leaves
from interpbench.toolkit.programs.search import Budget, frontier, smallest
from interpbench.toolkit.programs.syntax import (
    ARITY,
    BINARY,
    BY_CONSTANT,
    TO_ANSWER,
    Examples,
    Program,
    evaluate,
    examples_of,
    predictions,
)

Rule = Callable[[np.ndarray], np.ndarray]


class _Wrapped(list[int]):
    """Indices beyond either end wrap around; slices do not."""

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return super().__getitem__(index if isinstance(index, slice) else index % len(self))


def _slowly(program: Program, examples: Examples) -> list[int]:
    code = compile(str(program), "program", "eval")
    pairs = zip(examples.tokens.tolist(), examples.places.tolist(), strict=True)
    return [int(eval(code, {"x": _Wrapped(tokens), "t": t})) for tokens, t in pairs]


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# evaluation

LENGTH = 4
EXAMPLES = examples_of(_rng().integers(0, [2, 5, 5, 5], size=(7, LENGTH)), (1, 3))


def _leaf() -> st.SearchStrategy[Program]:
    place = st.integers(0, LENGTH - 1)
    span = place.flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, LENGTH))) | st.just((0, TO_ANSWER))
    return st.one_of(
        st.integers(0, 9).map(lambda c: Program("const", numbers=(c,))),
        place.map(lambda i: Program("token", numbers=(i,))),
        place.map(lambda i: Program("back", numbers=(i,))),
        st.just(Program("t")),
        st.builds(lambda op, s: Program(op, numbers=s), st.sampled_from(["sum", "smallest", "largest"]), span),
        st.builds(lambda s, c: Program("count", numbers=(*s, c)), span, st.integers(0, 4)),
    )


def _larger(inner: st.SearchStrategy[Program]) -> st.SearchStrategy[Program]:
    above_0 = st.integers(1, 9).map(lambda c: Program("const", numbers=(c,)))
    return st.one_of(
        inner.map(lambda e: Program("at", (e,))),
        st.builds(lambda c, a, b: Program("if", (c, a, b)), inner, inner, inner),
        st.builds(lambda op, a, c: Program(op, (a, c)), st.sampled_from(sorted(BY_CONSTANT)), inner, above_0),
        st.builds(lambda op, a, b: Program(op, (a, b)), st.sampled_from(sorted({*BINARY} - BY_CONSTANT)), inner, inner),
    )


@settings(deadline=None, max_examples=200)
@given(st.recursive(_leaf(), _larger, max_leaves=5))
def test_the_evaluator_is_the_slow_interpreter(program: Program) -> None:
    assert evaluate(program, EXAMPLES).tolist() == _slowly(program, EXAMPLES)


def test_sizes_count_nodes() -> None:
    total = Program("sum", numbers=(0, 3))
    three = Program("const", numbers=(3,))
    assert Program("if", (Program("==", (total, three)), three, total)).size == 1 + (1 + 2 + 1) + 1 + 2
    assert Program("count", numbers=(0, 3, 1)).size == 3


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="no operation 'xor'"):
        evaluate(Program("xor", (Program("t"), Program("t"))), EXAMPLES)


# enumeration

TINY = Examples(tokens=np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), places=np.array([1, 1, 1, 1]))


def _every(size: int, known: dict[int, list[Program]]) -> Iterator[Program]:
    """All programs of a size on two bits, without merging any; the language's restrictions as `growth` states them."""
    yield from (leaf for leaf in leaves(TINY, np.array([1])) if leaf.size == size)
    if size > 1:
        yield from (Program("at", (part,)) for part in known[size - 1])
    for left in range(1, size - 1):
        for a, b in product(known[left], known[size - 1 - left]):
            if not (a.op == b.op == "const"):
                yield from (Program(op, (a, b)) for op in {*BINARY} - BY_CONSTANT)
            if b.op == "const" and b.numbers[0] >= 1:
                yield from (Program(op, (a, b)) for op in BY_CONSTANT)
    for first, second in product(range(1, size), repeat=2):
        if (third := size - 1 - first - second) >= 1:
            conditions = [c for c in known[first] if set(evaluate(c, TINY).tolist()) == {0, 1}]
            yield from (Program("if", parts) for parts in product(conditions, known[second], known[third]))


@pytest.fixture(scope="module")
def sizes() -> dict[tuple[int, ...], int]:
    """Vector of values -> size of the smallest program that has it, by brute force up to four nodes."""
    assert max(leaf.numbers[0] for leaf in leaves(TINY, np.array([1])) if leaf.op == "const") <= SMALL
    known: dict[int, list[Program]] = {}
    smallest_of: dict[tuple[int, ...], int] = {}
    for size in range(1, 5):
        known[size] = list(_every(size, known))
        for program in known[size]:
            smallest_of.setdefault(tuple(evaluate(program, TINY).tolist()), size)
    return smallest_of


def test_merging_programs_loses_none(sizes: dict[tuple[int, ...], int]) -> None:
    growth = Growth(TINY, list(leaves(TINY, np.array([1]))), capacity=10_000, largest_minuend=2)
    for size in range(1, 5):
        for block in growth.of_size(size):
            growth.keep(block)
        growth.bank.close()
        here = {tuple(growth.bank.values[number].tolist()) for number in growth.bank.of_size(size)}
        assert len(here) == len(growth.bank.of_size(size))
        assert here == {values for values, least in sizes.items() if least == size}


@pytest.mark.parametrize("answers", list(product([0, 1], repeat=4)), ids=str)
def test_the_smallest_program_is_found(answers: tuple[int, ...], sizes: dict[tuple[int, ...], int]) -> None:
    found = smallest(TINY, np.array(answers), _rng())
    assert evaluate(found.program, TINY).tolist() == list(answers)
    assert found.program.size == sizes.get(answers, found.program.size)
    assert answers in sizes or found.program.size > 4


def test_blocks_hold_the_values_of_their_programs() -> None:
    answers = _rng(1).integers(0, 5, len(EXAMPLES))
    growth = Growth(EXAMPLES, list(leaves(EXAMPLES, answers)), capacity=300, largest_minuend=5)
    seen = set()
    for size in range(1, 5):
        for number, block in enumerate(growth.of_size(size)):
            seen.add(block.op)
            place = number % len(block.values)
            program = growth.bank.program(block, place)
            assert program.size == size
            assert block.values[place].tolist() == evaluate(program, EXAMPLES).tolist(), str(program)
            growth.keep(block)
        growth.bank.close()
    assert seen == {"const", "token", "t", "back", "sum", "smallest", "largest", "count", *ARITY}
    assert len(growth.bank) == 300


# search

RULES: dict[str, tuple[int, int, tuple[int, ...], int, int, Rule]] = {
    # letters, length, positions, rows shown, largest size, rule
    "sum modulo a prime": (13, 2, (1,), 50, 5, lambda x: x.sum(axis=1, keepdims=True) % 13),
    "difference modulo a prime": (13, 2, (1,), 50, 5, lambda x: (x[:, :1] - x[:, 1:]) % 13),
    "parity of three bits": (2, 9, (8,), 60, 7, lambda x: x[:, [1, 4, 6]].sum(axis=1, keepdims=True) % 2),
    "parity of all": (2, 9, (8,), 40, 4, lambda x: x.sum(axis=1, keepdims=True) % 2),
    "maximum": (9, 3, (2,), 40, 2, lambda x: x.max(axis=1, keepdims=True)),
    "majority": (2, 9, (8,), 60, 4, lambda x: (x.sum(axis=1, keepdims=True) > 4).astype(int)),
    "choice by a bit": (2, 6, (5,), 40, 4, lambda x: np.where(x[:, :1] == 1, x[:, 3:4], x[:, 5:6])),
    "running parity": (2, 6, (0, 1, 2, 3, 4, 5), 12, 4, lambda x: x.cumsum(axis=1) % 2),
    "reversal": (5, 4, (0, 1, 2, 3), 12, 4, lambda x: x[:, ::-1]),
    "copy": (5, 6, (3, 4, 5), 12, 1, lambda x: x[:, :3]),
    "running maximum": (5, 5, (2, 3, 4), 30, 2, lambda x: np.maximum.accumulate(x, axis=1)[:, 2:]),
}


@pytest.mark.parametrize("name", RULES)
def test_it_finds_the_rule_from_some_of_its_rows(name: str) -> None:
    letters, length, positions, shown, largest, rule = RULES[name]
    tokens = np.array(list(product(range(letters), repeat=length)))
    tokens = _rng().permutation(tokens)[:2000]
    examples = examples_of(tokens[:shown], positions)
    found = smallest(examples, rule(tokens[:shown]).reshape(-1), _rng())
    assert found.agreement == 1
    assert found.program.size <= largest
    assert np.array_equal(predictions(found.program, tokens, positions), rule(tokens)), str(found.program)


def _sums(noise: float, rows: int = 400) -> tuple[Examples, np.ndarray, np.ndarray]:
    tokens = _rng(2).integers(0, 11, size=(rows, 2))
    truth = tokens.sum(axis=1) % 11
    wrong = _rng(3).random(rows) < noise
    return examples_of(tokens, (1,)), truth, np.where(wrong, (truth + 1) % 11, truth)


def test_a_share_forgives_as_many_exceptions_and_no_more() -> None:
    examples, truth, answers = _sums(noise=0.05)
    found = smallest(examples, answers, _rng(), share=0.9)
    assert np.array_equal(evaluate(found.program, examples), truth)
    assert found.agreement == pytest.approx(float((truth == answers).mean()))
    few = Budget(programs=30_000)
    assert smallest(examples, answers, _rng(), share=0.99, budget=few).agreement < 0.99


def test_a_frontier_grows_and_its_agreements_are_on_all_examples() -> None:
    examples, _, answers = _sums(noise=0.3)
    found = frontier(examples, answers, _rng(), budget=Budget(programs=50_000, examples=len(examples)))
    sizes = [one.program.size for one in found]
    agreements = [one.agreement for one in found]
    assert len(found) >= 3
    assert sizes == sorted(set(sizes))
    assert agreements == sorted(set(agreements))
    for one in found:
        assert one.agreement == pytest.approx(float(np.mean(np.array(_slowly(one.program, examples)) == answers)))


def test_random_answers_have_no_short_program() -> None:
    tokens = _rng(4).integers(0, 2, size=(400, 10))
    answers = _rng(5).integers(0, 2, 400)
    found = smallest(examples_of(tokens[:200], (9,)), answers[:200], _rng(), budget=Budget(programs=100_000))
    assert 0.5 < found.agreement < 0.75
    fresh = evaluate(found.program, examples_of(tokens[200:], (9,)))
    assert abs(float((fresh == answers[200:]).mean()) - 0.5) < 0.1  # four standard errors


def test_a_search_repeats_and_ends_with_its_budget() -> None:
    examples, _, answers = _sums(noise=0.5)
    runs = [frontier(examples, answers, _rng(), budget=Budget(programs=20_000)) for _ in range(2)]
    assert runs[0] == runs[1]
    least = frontier(examples, answers, _rng(), budget=Budget(programs=1))
    assert [one.program.size for one in least] == [1]
    assert all(one.program.size <= 3 for one in frontier(examples, answers, _rng(), budget=Budget(size=3)))
