from interpbench.plugins.family import Family


def test_rivals_are_those_that_interpretability_must_beat() -> None:
    assert {family for family in Family if family.rival} == {
        Family.STATISTICS,
        Family.BEHAVIOURAL,
        Family.DATA_ONLY,
        Family.RIVALS,
        Family.COT,
        Family.DICTIONARY,
    }
    assert not Family.BOUNDS.rival
