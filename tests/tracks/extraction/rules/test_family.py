"""What a family's text says and what its arrays say is the same, for every family of the grammar."""

import numpy as np
import pytest

from interpbench.theory import canonical, parse, size
from interpbench.tracks.extraction.rules.kinds import KINDS, families


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("length", "letters"), [(6, 4), (6, 6)])
def test_arrays_say_what_the_theory_says(kind: str, length: int, letters: int) -> None:
    rng = np.random.default_rng(0)
    tokens = rng.integers(letters, size=(64, length))
    for family in families(kind, length, letters)[:: 1 if letters == 4 else 4]:
        indices = np.unique([len(family) - 1, rng.integers(len(family))])
        table = family.answers(tokens, indices)
        for column, index in enumerate(indices.tolist()):
            theory = family.theory(index)
            answers = theory.run_many(tokens)
            assert not answers.failed.any(), theory
            assert answers.integers().tolist() == table[:, column].tolist(), theory
            assert 0 <= table[:, column].min() <= table[:, column].max() < family.classes, theory
            assert size(theory) == family.size, theory


def test_a_rule_is_in_canonical_form_and_parses_from_its_text() -> None:
    for kind in KINDS:
        theory = families(kind, 6, 4)[-1].theory(0)
        assert canonical(parse(str(theory))) == theory == parse(str(theory))


def test_rules_of_a_family_are_different_texts() -> None:
    for kind in KINDS:
        family = families(kind, 6, 4)[0]
        texts = {str(family.theory(index)) for index in range(min(len(family), 50))}
        assert len(texts) == min(len(family), 50)


def test_what_is_no_kind_and_no_domain() -> None:
    with pytest.raises(ValueError, match="there is no kind 'modul', wanted one of modular"):
        families("modul", 6, 4)
    with pytest.raises(ValueError, match="wanted at least 5 and 3"):
        families("modular", 4, 4)
