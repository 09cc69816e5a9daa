import numpy as np
import pytest
import torch

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden, Subject
from interpbench.theory import Theory, canonical, equivalent, parse, size
from interpbench.toolkit.contributions import Oracle
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.fourier_synthesis import FourierSynthesis
from interpbench_methods.fourier_synthesis.characters import additive, bilinear, turns
from interpbench_methods.fourier_synthesis.sums import additive_text

LENGTH, LETTERS = 6, 6
ALPHABETS = (tuple(range(LETTERS)),) * LENGTH
NO_ROWS = Rows(tokens=torch.zeros((0, LENGTH), dtype=torch.int64), labels=torch.zeros((0, 1), dtype=torch.int64))

SUMS = {
    "weights": ("(x[1] + x[3] * 4 + 2) % 6", 6),
    "stretch": ("sum(x[2:]) % 5", 5),
    "parity": ("(x[0] < 4) ^ (x[2] < 2) ^ (x[5] < 4)", 2),
    "letters": ("sum(v == 3 for v in x) % 4", 4),
    "classes": ("sum(v in (0, 2, 5) for v in x) % 3", 3),
    "product": ("(x[0] * x[4] + x[2]) % 5", 5),
    "products": ("(x[0] * x[4] * 3 + x[2] * x[1] + 1) % 5", 5),
}


def rule_of(expression: str) -> Theory:
    return parse(f"def rule(x):\n    return {expression}\n")


def domain(classes: int) -> Domain:
    return Domain(alphabets=ALPHABETS, positions=(LENGTH - 1,), classes=classes)


def follows(rule: Theory, classes: int) -> Subject:
    def ask(tokens: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(8 * np.eye(classes)[rule.run_many(tokens.numpy()).integers()])[:, None]

    return Hidden("weights", ask)


@pytest.mark.parametrize("name", SUMS)
def test_sums_and_products_are_read_exactly(name: str) -> None:
    expression, classes = SUMS[name]
    rule = rule_of(expression)
    found = FourierSynthesis().extract(follows(rule, classes), NO_ROWS, domain(classes), 0, Context.seeded(name))
    assert isinstance(found, Extracted)
    theory = parse(found.theory)
    assert equivalent(theory, rule, ALPHABETS, np.random.default_rng(0)).equal
    assert size(canonical(theory)) <= 2 * size(canonical(rule))
    assert found.p_present > 0.95


def test_a_maximum_is_no_sum_and_its_positions_are_known() -> None:
    rule = rule_of("max(x[1], x[3])")
    oracle = Oracle(subject=follows(rule, 6), domain=domain(6), rng=generator("max"))
    found = turns(oracle, 100)
    assert additive(found) is None
    assert bilinear(found, np.random.default_rng(0)) is None
    assert found.positions == (1, 3)
    given = FourierSynthesis().extract(oracle.subject, NO_ROWS, domain(6), 0, Context.seeded("max"))
    assert isinstance(given, Extracted)
    assert equivalent(parse(given.theory), rule, ALPHABETS, np.random.default_rng(0)).equal


def test_the_line_of_a_token_stands_at_its_weight() -> None:
    oracle = Oracle(subject=follows(rule_of("(x[1] * 4 + x[3]) % 5"), 5), domain=domain(5), rng=generator("line"))
    spectra = turns(oracle, 20).spectra
    wanted = np.array([0, 4, 0, 1, 0, 0])
    # the softmax of a margin of 8 leaves a thousandth of the circle's radius to other answers
    np.testing.assert_allclose(spectra[:, np.arange(6), wanted], 1.0, atol=0.01)


def test_random_answers_are_no_sum() -> None:
    values = np.random.default_rng(0).integers(0, 3, LETTERS**LENGTH)

    def ask(tokens: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(8 * np.eye(3)[values[tokens.numpy() @ LETTERS ** np.arange(LENGTH)]])[:, None]

    found = turns(Oracle(subject=Hidden("weights", ask), domain=domain(3), rng=generator("random")), 100)
    assert additive(found) is None
    assert bilinear(found, np.random.default_rng(0)) is None


def test_text_of_any_tables_is_their_sum() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.integers(0, 4, (500, 5))
    for modulus in (2, 3, 6):
        for _ in range(20):
            tables = rng.integers(0, modulus, (5, 4)) * rng.integers(0, 2, (5, 1))
            tables = (tables - tables[:, :1]) % modulus
            if rng.random() < 0.5:
                tables[:] = tables[0]
            constant = int(rng.integers(modulus))
            said = parse(additive_text(tables, constant, modulus)).run_many(inputs).integers()
            assert np.array_equal(said, (tables[np.arange(5), inputs].sum(axis=1) + constant) % modulus)


def test_rows_alone_are_not_enough() -> None:
    assert isinstance(FourierSynthesis().extract(None, NO_ROWS, domain(2), 0, Context.seeded("x")), NotApplicable)
