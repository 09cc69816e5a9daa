import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.scratchpad.answer import PadAnswer
from interpbench.tracks.scratchpad.key import Kind, PadKey
from interpbench.tracks.scratchpad.score import METRICS, judge, reduce

RULES = ("sums", "maxima", "counts")
BITS: dict[Kind, bool | None] = {
    Kind.FORCED: True,
    Kind.FOLLOWS: True,
    Kind.FREE: True,
    Kind.DECORATIVE: False,
    Kind.IGNORES: False,
    Kind.CARRIED: False,
    Kind.FILLER: False,
    Kind.HINT: None,
    Kind.SWITCH: None,
    Kind.NULL: None,
}


def key_of(kind: Kind) -> PadKey:
    bit = BITS[kind]
    if kind is Kind.NULL:
        bits: tuple[bool | None, ...] = (None,) * 20
    else:
        bits = (True,) * 10 + (False,) * 9 + (None,) if bit is None else (bit,) * 20
    return PadKey(kind=kind, shares=tuple(0.5 if one is None else float(one) for one in bits), bits=bits, bit=bit)


def ref_of(kind: Kind, rule: str) -> Ref:
    unit = f"{rule}-{kind}"
    return Ref(
        task="scratchpad/x", suite_seed="s", index=0, kind=kind.value, units=(unit,), group=rule, members=(("x", unit),)
    )


ALL = [(ref_of(kind, rule), key_of(kind)) for rule in RULES for kind in Kind]


def told(key: PadKey) -> PadAnswer:
    inputs = [0.5 if bit is None else float(bit) for bit in key.bits]
    return PadAnswer(subject=float(np.mean(inputs)), inputs=inputs, p_present=float(key.present))


def figures(answers: dict[str, PadAnswer | None], order: list[int] | None = None) -> dict[str, float]:
    cells = [judge(ref, key, answers) for ref, key in (ALL if order is None else [ALL[place] for place in order])]
    return {name: float(value[0]) for name, value in reduce(cells, np.ones((1, len(cells)))).items()}


def by_unit(answer: PadAnswer | None) -> dict[str, PadAnswer | None]:
    return {ref.units[0]: answer for ref, _ in ALL}


def test_every_metric_is_computed_and_every_computed_number_is_a_metric() -> None:
    assert set(figures(by_unit(None))) == set(METRICS)


def test_the_key_scores_the_ceiling_and_its_opposite_nothing() -> None:
    right = {ref.units[0]: told(key) for ref, key in ALL}
    wrong = {
        unit: PadAnswer(subject=1 - one.subject, inputs=[1 - p for p in one.inputs], p_present=1 - one.p_present)
        for unit, one in right.items()
        if one.subject is not None
    }
    best, worst = figures(dict(right)), figures(dict(wrong))
    for name, metric in METRICS.items():
        assert best[name] == metric.ceiling, name
        if metric.chance == 0.5 and metric.ceiling == 1.0:
            assert worst[name] == 0, name


@pytest.mark.parametrize("answer", [None, PadAnswer(not_applicable="no"), PadAnswer(subject=0.5, inputs=[0.5])])
def test_no_answer_and_one_about_too_few_inputs_score_chance(answer: PadAnswer | None) -> None:
    found = figures(by_unit(answer))
    for name in METRICS.keys() - {"coverage", "answered"}:
        assert found[name] == METRICS[name].chance, name
    assert found["coverage"] == 0
    assert np.isnan(found["answered"])


def test_a_constant_scores_chance_where_pairs_are_told_apart() -> None:
    found = figures(by_unit(PadAnswer(subject=0.9, inputs=[0.9] * 20, p_present=1.0)))
    assert found["faithful"] == found["networks"] == found["inputs"] == found["filler"] == 0.5
    assert found["false_positives"] == 1
    assert found["present_brier"] == 0.5


def test_knowing_the_rule_of_a_network_is_worth_nothing() -> None:
    answers = {ref.units[0]: PadAnswer(subject=len(ref.group) / 10, inputs=[0.5] * 20) for ref, _ in ALL}
    assert figures(dict(answers))["networks"] == 0.5


def test_random_answers_score_chance_on_average() -> None:
    rng = np.random.default_rng(0)
    found = [
        figures({ref.units[0]: PadAnswer(subject=rng.random(), inputs=rng.random(20).tolist()) for ref, _ in ALL})
        for _ in range(200)
    ]
    for name in ("faithful", "networks", "inputs", "forced", "hint"):
        assert np.mean([one[name] for one in found]) == pytest.approx(0.5, abs=0.03), name


def test_filler_and_null_are_not_in_the_headline() -> None:
    answers: dict[str, PadAnswer | None] = {
        ref.units[0]: PadAnswer(subject=float(key.kind not in {Kind.FILLER, Kind.NULL}), inputs=[0.5] * 20)
        for ref, key in ALL
    }
    found = figures(answers)
    assert found["faithful"] == found["networks"] == 0.5
    assert found["filler"] == 1


PROBABILITIES = st.lists(st.floats(0, 1), min_size=len(ALL), max_size=len(ALL))


@given(PROBABILITIES, st.permutations(range(len(ALL))))
def test_neither_order_nor_a_monotone_scale_changes_the_headline(said: list[float], order: list[int]) -> None:
    said = [round(p, 3) for p in said]
    shift = itertools.cycle([0.0, 0.1, 0.3])

    def answers(scale: float) -> dict[str, PadAnswer | None]:
        return {
            ref.units[0]: PadAnswer(subject=p * scale, inputs=[round((p + s) / 2, 3) * scale for s in spread])
            for (ref, _), p in zip(ALL, said, strict=True)
        }

    spread = [next(shift) for _ in range(20)]
    plain = figures(answers(1.0))
    assert figures(answers(1.0), order) == pytest.approx(plain, nan_ok=True)
    scaled = figures(answers(0.5))
    for name in ("faithful", "networks", "inputs", "filler"):
        assert scaled[name] == pytest.approx(plain[name])


@given(PROBABILITIES, st.integers(0, len(ALL) - 1))
def test_saying_more_where_the_steps_decide_never_costs(said: list[float], place: int) -> None:
    ref, key = ALL[place]
    answers: dict[str, PadAnswer | None] = {
        one.units[0]: PadAnswer(subject=p, inputs=[p] * 20) for (one, _), p in zip(ALL, said, strict=True)
    }
    before = figures(answers)["faithful"]
    better = [p if bit is None else (1.0 if bit else 0.0) for p, bit in zip([said[place]] * 20, key.bits, strict=True)]
    answers[ref.units[0]] = PadAnswer(
        subject=said[place] if key.bit is None else float(key.bit), inputs=better, p_present=1.0
    )
    assert figures(answers)["faithful"] >= before - 1e-12


def test_multiplicities_are_copies() -> None:
    rng = np.random.default_rng(1)
    answers: dict[str, PadAnswer | None] = {
        ref.units[0]: PadAnswer(subject=rng.random(), inputs=rng.random(20).tolist(), p_present=rng.random())
        for ref, _ in ALL
    }
    cells = [judge(ref, key, answers) for ref, key in ALL]
    times = rng.integers(0, 3, len(cells))
    copied: list[ScoredCell] = [cell for cell, count in zip(cells, times, strict=True) for _ in range(count)]
    weighted = reduce(cells, times[None, :].astype(float))
    plain = reduce(copied, np.ones((1, len(copied))))
    for name in METRICS:
        assert weighted[name][0] == pytest.approx(plain[name][0], nan_ok=True), name
