from collections.abc import Callable

import numpy as np
import pytest
import torch

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Subject
from interpbench.theory import parse
from interpbench.toolkit.reading import Climb, Labelled, drawn, labelled, presence, tabulated
from interpbench.toolkit.reading.climb import correct
from interpbench.toolkit.synthesis import Hints

Make = Callable[[str, int], tuple[Subject, Domain]]
NONE = Rows(tokens=torch.zeros(0, 8, dtype=torch.int64), labels=torch.zeros(0, 1, dtype=torch.int64))


def climb_on(subject: Subject, domain: Domain) -> Climb:
    rng = generator("climb")
    return Climb(sample=labelled(subject, NONE, domain, 300, rng), held=drawn(subject, domain, 1000, rng))


def test_labels_are_the_networks_and_shown_rows_come_first(computed: Make) -> None:
    subject, domain = computed("(x[2] + x[5]) % 3", 3)
    tokens = domain.full(20, generator("rows"))
    rows = Rows(tokens=tokens, labels=(tokens[:, 2:3] + tokens[:, 5:6]) % 3)
    found = labelled(subject, rows, domain, 100, generator("s"))
    assert len(found) == 100
    assert np.array_equal(found.tokens[:20], tokens.numpy())
    assert np.array_equal(found.labels, (found.tokens[:, 2] + found.tokens[:, 5]) % 3)
    assert len(labelled(subject, rows, domain, 10, generator("s"))) == 10


def test_inputs_of_the_smallest_margin_are_left_out(computed: Make) -> None:
    subject, domain = computed("x[1] % 2", 2)
    found = labelled(subject, NONE, domain, 980, generator("m"))
    assert (found.tokens[:, 0] == 0).mean() < 1 / 6  # the margin grows with x[0]


def test_a_hint_that_allows_the_rule_ends_the_climb_on_its_rung(computed: Make) -> None:
    subject, domain = computed("(max(x[3:7]) - min(x[3:7])) % 2", 2)
    climb = climb_on(subject, domain)
    climb.climb([Hints(positions=(3, 4, 5, 6)), Hints()])
    assert climb.done
    assert climb.best is not None
    assert climb.best.via == "positions 3,4,5,6"
    tokens = domain.full(4000, generator("fresh")).numpy()
    assert np.array_equal(
        climb.best.theory.run_many(tokens).integers(), subject.predict(torch.from_numpy(tokens))[:, 0]
    )


def test_a_hint_that_hides_the_rule_only_costs(computed: Make) -> None:
    subject, domain = computed("(x[2] + x[5]) % 3", 3)
    climb = climb_on(subject, domain)
    climb.climb([Hints(positions=(2, 4), operations=frozenset({"linear"})), Hints()])
    assert climb.done
    assert climb.best is not None
    assert climb.best.via == "no hints"


def test_counterexamples_decide_between_rules_that_the_sample_leaves_open(computed: Make) -> None:
    """All sampled rows have x[4] below 3, so that x[4] and x[4] % 3 are one; the held-out ones part them."""
    subject, domain = computed("(x[2] + x[4] % 3) % 6", 6)
    tokens = domain.full(600, generator("part")).numpy()
    tokens[:, 4] %= 3
    labels = subject.predict(torch.from_numpy(tokens))[:, 0].numpy()
    climb = Climb(sample=Labelled(tokens=tokens, labels=labels), held=drawn(subject, domain, 1000, generator("h")))
    climb.search(Hints(positions=(2, 4)), 2_000_000)
    assert climb.done
    assert len(climb.rounds) > 1


def test_failures_and_sequences_are_wrong() -> None:
    held = Labelled(tokens=np.array([[0, 1], [1, 1]]), labels=np.array([0, 1]))
    assert correct(parse("def rule(x): return 1 // x[0]"), held).tolist() == [False, True]
    assert correct(parse("def rule(x): return (x[0],)"), held).tolist() == [False, False]


def test_the_table_of_a_right_reading_is_the_rule(computed: Make) -> None:
    subject, domain = computed("x[1] // 2 * (x[6] > 3)", 3)
    alike = np.tile(np.eye(6, dtype=bool), (8, 1, 1))
    alike[1] = np.kron(np.eye(3), np.ones((2, 2))).astype(bool)
    table = tabulated(subject, domain, (1, 6), alike, generator("t"))
    assert table is not None
    tokens = domain.full(2000, generator("fresh"))
    assert np.array_equal(table.run_many(tokens.numpy()).integers(), subject.predict(tokens)[:, 0].numpy())
    assert tabulated(subject, domain, None, alike, generator("t")) is None


def test_more_agreement_is_never_less_of_a_rule() -> None:
    labels = np.array([0, 0, 1, 2])
    found = [presence(share, labels) for share in np.linspace(0, 1, 101)]
    assert found == sorted(found)


def test_perfect_agreement_speaks_for_a_rule_and_the_commonest_label_against() -> None:
    labels = np.array([0, 0, 1, 2])
    assert presence(1.0, labels) > 0.95
    assert presence(0.5, labels) < 0.05
    assert presence(0.65, labels) == pytest.approx(0.5)
