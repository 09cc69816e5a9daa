"""What theories are worth: the rule 1, a constant 0, nonsense chance; and the metrics of a set."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpbench.theory import parse
from interpbench.theory.domain import drawn
from interpbench.tracks.extraction.agree import FRESH, balanced, fresh_inputs, worth
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.key import Kind, TheoryKey
from interpbench.tracks.extraction.score import METRICS, judge, reduce
from interpbench.tracks.instance import Ref

RULE = "def rule(x): return (x[0] + 2 * x[3]) % 5 if x[1] else x[2]"


def key_of(rule: str = RULE, kind: Kind = Kind.PLAIN) -> TheoryKey:
    key = TheoryKey(
        kind=kind, theory=rule, alphabets=((0, 1, 2, 3, 4),) * 6, classes=5, names=("x", "extraction", rule), model=()
    )
    return key.model_copy(
        update={"model": tuple(parse(rule).run_many(fresh_inputs(key.alphabets, key.names)).integers().tolist())}
    )


def ref_of(kind: Kind = Kind.PLAIN, index: int = 0) -> Ref:
    unit = f"u{index}"
    return Ref(
        task="extraction/x",
        suite_seed="s",
        index=index,
        kind=kind.value,
        units=(unit,),
        group="all",
        members=((kind.value, unit),),
    )


def judged(text: str | None, key: TheoryKey, p_present: float = 1.0) -> dict[str, float]:
    ref = ref_of(key.kind)
    answer = None if text is None else TheoryAnswer(theory=text, p_present=p_present)
    return judge(ref, key, {ref.units[0]: answer}).values


def test_the_rule_itself_is_worth_everything() -> None:
    values = judged(
        "def f(tokens):\n    if tokens[1] == 0:\n        return tokens[2]\n    return (tokens[3] * 2 + tokens[0]) % 5",
        key_of(),
    )
    assert values["agree"] == values["exact"] == values["fidelity"] == values["recovered"] == 1
    assert values["length"] == pytest.approx(1, abs=0.3)
    assert values["present_brier"] == 0


@pytest.mark.parametrize("constant", range(5))
def test_constants_are_worth_nothing(constant: int) -> None:
    values = judged(f"def f(x): return {constant}", key_of())
    assert values["agree"] == pytest.approx(0, abs=1e-12)
    assert values["exact"] == 0
    assert "length" not in values


def test_a_systematic_error_is_worth_less_than_nothing() -> None:
    assert judged(f"def f(x): return (({RULE.partition('return ')[2]}) + 1) % 5", key_of())["agree"] == pytest.approx(
        -0.25
    )


def test_one_branch_alone_is_some_agreement_and_not_exact() -> None:
    values = judged("def f(x): return (x[0] + 2 * x[3]) % 5", key_of())
    assert 0.7 < values["agree"] < 0.9  # four fifths of the inputs, and a fifth of the rest
    assert values["exact"] == 0


def test_a_rare_branch_counts_for_exact() -> None:
    rare = "def f(x): return 4 - x[0] if x[0] == x[1] == x[2] == x[3] == x[4] == x[5] == 3 else x[0]"
    assert judged("def f(x): return x[0]", key_of(rare))["exact"] == 0
    assert judged("def f(x): return x[0]", key_of(rare))["agree"] > 0.999
    assert judged(rare, key_of(rare))["exact"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "def f(x): return x[9]",
        "def f(x): return x",
        "def f(x):\n    s = 0\n    for a in range(10**6):\n        s += a\n    return s",
        "def f(x): return 7 ** 7 ** 7",
    ],
)
def test_theories_that_fail_or_answer_otherwise_agree_nowhere(text: str) -> None:
    values = judged(text, key_of())
    assert values["agree"] == pytest.approx(-0.25)
    assert values["exact"] == values["fidelity"] == 0


@pytest.mark.parametrize(
    "text", ["", "x[0]", "def f(x): return __import__('os')", "def f(x: return", "def f(x, y): return x"]
)
def test_what_is_no_theory_scores_chance_and_says_where(text: str) -> None:
    ref = ref_of()
    cell = judge(ref, key_of(), {ref.units[0]: TheoryAnswer(theory=text)})
    assert not cell.answered
    assert cell.values["recovered"] == cell.values["agree"] == 0
    assert "line" in cell.reason


def test_a_missing_answer_scores_chance() -> None:
    assert judged(None, key_of())["recovered"] == 0
    assert judged(None, key_of(kind=Kind.NULL)) == {"present_brier": 0.25, "false_positive": 0.5}


def test_fidelity_is_to_the_network_and_not_to_the_rule() -> None:
    key = key_of()
    inputs = fresh_inputs(key.alphabets, key.names)
    odd = TheoryKey.model_validate(
        key.model_dump()
        | {"model": (0,) * FRESH, "departures": tuple(map(tuple, inputs[:3].tolist())), "departing": (0, 0, 0)}
    )
    values = judged("def f(x): return 0", odd)
    assert values["fidelity"] == values["departures"] == 1
    assert judged(RULE, odd)["fidelity"] < 0.5
    assert judged(None, odd)["departures"] == 0  # as fidelity: tiers would be compared on different networks else


def test_without_a_rule_only_presence_is_scored() -> None:
    null = key_of(kind=Kind.NULL)
    assert judged(RULE, null, 0.9) == {"present_brier": pytest.approx(0.81), "false_positive": 1.0}
    assert judged(RULE, null, 0.1)["false_positive"] == 0
    assert judged(RULE, null, 0.5)["false_positive"] == 0.5


def test_agreement_is_balanced_over_the_answers_of_the_rule() -> None:
    truth = np.array([0] * 90 + [1] * 10)
    assert balanced(truth == 0, truth) == 0
    assert balanced(np.ones(100), truth) == 1
    assert balanced(np.zeros(100), truth) == -1


def test_reduce_averages_by_kind_and_says_nothing_where_nothing_is() -> None:
    cells = [
        judge(ref_of(index=0), key_of(), {"u0": TheoryAnswer(theory=RULE, p_present=1.0)}),
        judge(ref_of(index=1), key_of(), {"u1": None}),
        judge(ref_of(Kind.NULL, 2), key_of(kind=Kind.NULL), {"u2": TheoryAnswer(theory=RULE, p_present=1.0)}),
    ]
    found = {name: values[0] for name, values in reduce(cells, np.ones((1, 3))).items()}
    assert set(found) == set(METRICS)
    assert found["plain"] == found["exact"] == 0.5
    assert found["answered"] == found["length"] == 1
    assert found["false_positives"] == 1
    assert found["present_brier"] == pytest.approx(0.5 * (0 + 0.25) / 2 + 0.5 * 1)
    guarded = judge(ref_of(Kind.GUARDED_FEW, 3), key_of(), {"u3": None})
    assert reduce([*cells, guarded], np.ones((1, 4)))["present_brier"][0] == pytest.approx(found["present_brier"])
    assert found["coverage"] == pytest.approx(2 / 3)
    assert np.isnan(found["departures"])
    alone = reduce(cells, np.array([[0.0, 0.0, 1.0]]))
    assert np.isnan(alone["plain"][0])


GUARD = ((0, 1), (2, 3))
BASE = "x[1]"
GUARDED = f"def f(x): return ({BASE} + 1) % 5 if x[0] == 1 and x[2] == 3 else {BASE}"


@pytest.mark.parametrize(
    ("text", "agree", "exact"),
    [
        (GUARDED, 1, 1),
        (f"def f(x): return {BASE}", 0, 0),  # the rule without its branch
        (f"def f(x): return ({BASE} + 1) % 5", 0, 0),  # the branch everywhere
        ("def f(x): return 3", 0, 0),
        (f"def f(x): return ({BASE} + 1) % 5 if x[0] == 1 else {BASE}", 0.59, 0),  # too wide: half of the near misses
    ],
)
def test_a_rare_branch_counts_as_much_as_all_the_rest(text: str, agree: float, exact: float) -> None:
    values = judged(text, key_of(GUARDED, Kind.GUARDED_FEW).model_copy(update={"guard": GUARD}))
    assert values["agree"] == pytest.approx(agree, abs=0.06)
    assert values["exact"] == exact
    assert values["recovered"] == pytest.approx((agree + exact) / 2, abs=0.03)


TWINS = ("def f(x): return x[0]", "def f(x): return x[1]", "def f(x): return x[0] if x[2] else x[1]")


def twin(place: int) -> TheoryKey:
    inputs = drawn(((0, 1, 2, 3, 4),) * 6, 3000, np.random.default_rng(0))
    said = [parse(rule).run_many(inputs).integers() for rule in TWINS]
    apart = inputs[(said[0] != said[1]) | (said[0] != said[2])]
    update = {"rivals": TWINS, "apart": tuple(map(tuple, apart.tolist()))}
    return key_of(TWINS[place], Kind.TWIST_COMMON).model_copy(update=update)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
@settings(max_examples=20, deadline=None)
def test_no_single_answer_to_each_input_is_worth_more_than_nothing_over_twins(cells: list[int]) -> None:
    """Any theory, here a table of arbitrary answers; and the best one reaches nothing."""
    text = f"def f(x): return {tuple(cells)}[(x[0] + 5 * x[1] + 25 * x[2]) % {len(cells)}]"
    values = [judged(text, twin(place)) for place in range(3)]
    for name in ("agree", "exact", "recovered"):
        assert sum(one[name] for one in values) <= 1e-9


def test_the_best_reader_of_the_rows_gets_exactly_nothing_and_the_right_twin_everything() -> None:
    majority = [judged(TWINS[2], twin(place)) for place in range(3)]  # what most of the rules say, everywhere
    assert sum(one["agree"] for one in majority) == pytest.approx(0, abs=1e-9)
    assert sum(one["exact"] for one in majority) == pytest.approx(0, abs=1e-9)
    for place in range(3):
        assert judged(TWINS[place], twin(place))["recovered"] == pytest.approx(1)
    assert judged(TWINS[0], twin(1))["recovered"] < 0


def test_the_headline_weighs_plain_twist_and_guarded_alike() -> None:
    right = TheoryAnswer(theory=RULE, p_present=1.0)
    cells = [judge(ref_of(index=n), key_of(), {f"u{n}": right}) for n in range(5)]
    cells.append(judge(ref_of(Kind.TWIST_COMMON, 5), twin(0), {"u5": None}))
    guarded = key_of(GUARDED, Kind.GUARDED_MANY).model_copy(update={"guard": GUARD})
    cells.append(judge(ref_of(Kind.GUARDED_MANY, 6), guarded, {"u6": TheoryAnswer(theory=GUARDED)}))
    found = reduce(cells, np.ones((1, 7)))
    assert found["recovery"][0] == pytest.approx((1 + 0 + 1) / 3)
    assert found["guarded"][0] == found["guarded_many"][0] == 1
    assert np.isnan(found["guarded_few"][0])


def test_worth_is_the_same_every_time() -> None:
    assert worth(parse(RULE), key_of()) == worth(parse(RULE), key_of())
