from collections.abc import Callable

import numpy as np
import pytest

from interpbench.models.data import Domain
from interpbench.models.names import generator
from interpbench.models.subject import Subject
from interpbench.toolkit.reading.hold import keeps_classes, keeps_positions
from interpbench.toolkit.reading.narrow import Reading, classes_of, ladder, period, positions_of
from interpbench.toolkit.synthesis import Hints

Make = Callable[[str, int], tuple[Subject, Domain]]


def reading(scores: list[float], matters: int, apart: np.ndarray | None = None) -> Reading:
    order = np.argsort(-np.array(scores), kind="stable")
    mask = np.zeros(len(scores), bool)
    mask[order[:matters]] = True
    return Reading(
        positions=np.array(scores), matters=mask, apart=np.ones((len(scores), 6, 6)) if apart is None else apart
    )


def test_the_right_order_gives_just_the_positions_that_matter(computed: Make) -> None:
    subject, domain = computed("(x[2] + x[5]) % 3", 3)
    found = positions_of(reading([0, 0, 9, 0, 0, 8, 0, 0], 2), subject, domain, generator("n"))
    assert found == (2, 5)


def test_a_threshold_that_is_too_tight_is_widened_until_the_answers_stay(computed: Make) -> None:
    subject, domain = computed("(x[2] + x[5]) % 3", 3)
    tight = reading([0, 7, 9, 0, 0, 6, 0, 0], 1)
    assert positions_of(tight, subject, domain, generator("n")) == (1, 2, 5)


def test_where_everything_matters_no_score_may_leave_a_position_out(computed: Make) -> None:
    subject, domain = computed("sum(x) % 4", 4)
    for seed in range(5):
        scores = np.random.default_rng(seed).random(8).tolist()
        assert positions_of(reading(scores, 2), subject, domain, generator("n")) is None


def test_hints_hold_up_just_where_the_rule_says(computed: Make) -> None:
    subject, domain = computed("(x[0] in (1, 4)) ^ (x[3] in (1, 4))", 2)
    rng = generator("hold")
    assert keeps_positions(subject, domain, (0, 3), rng)
    assert not keeps_positions(subject, domain, (0,), rng)
    assert keeps_classes(subject, domain, (0, 1, 0, 0, 1, 0), rng)
    assert keeps_classes(subject, domain, (0, 1, 2, 3, 1, 4), rng)
    assert not keeps_classes(subject, domain, (0, 1, 1, 0, 1, 0), rng)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(0, 2), (2, 5)], (0, 1, 0, 2, 3, 0)),
        ([], (0, 1, 2, 3, 4, 5)),
        ([(0, 4), (1, 5)], (0, 1, 2, 3, 0, 1)),
        ([(a, b) for a in range(6) for b in range(6)], (0,) * 6),
    ],
)
def test_classes_are_the_chains_of_likeness(pairs: list[tuple[int, int]], expected: tuple[int, ...]) -> None:
    alike = np.eye(6, dtype=bool)
    for a, b in pairs:
        alike[a, b] = alike[b, a] = True
    assert classes_of(alike) == expected


def test_a_modulus_is_seen_in_classes_that_repeat() -> None:
    assert period((0, 1, 2, 3, 0, 1)) == 4
    assert period((0, 1, 0, 1, 0, 1)) == 2
    assert period((0, 0, 0, 1, 1, 1)) is None
    assert period((0, 1, 2, 3, 4, 5)) is None


def test_the_ladder_has_a_rung_without_hints_and_drops_classes_that_do_not_hold_up(computed: Make) -> None:
    subject, domain = computed("(x[1] + x[6]) % 3", 3)
    right, wrong = np.ones((8, 6, 6)), np.ones((8, 6, 6))
    for letter in range(3):
        right[:, letter, letter + 3] = right[:, letter + 3, letter] = 0
    wrong[:, 0, 1] = wrong[:, 1, 0] = 0
    for apart, modulus, classes in ((right, 3, (0, 1, 2, 0, 1, 2)), (wrong, None, None)):
        rungs = ladder(reading([0, 9, 0, 0, 0, 0, 8, 0], 2, apart), subject, domain, generator("n"))
        assert rungs[0] == Hints(positions=(1, 6), modulus=modulus)
        assert Hints() in rungs
        assert {rung.classes for rung in rungs} == {None, classes}
