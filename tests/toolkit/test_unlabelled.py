import torch

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.toolkit.unlabelled import unlabelled


def _rows(tokens: torch.Tensor) -> Rows:
    return Rows(tokens=tokens, labels=torch.zeros(len(tokens), 1, dtype=torch.int64))


def _set(tokens: torch.Tensor) -> set[tuple[int, ...]]:
    return {tuple(row) for row in tokens.tolist()}


SMALL = Domain(alphabets=((0, 2), (1, 3, 4)), positions=(1,), classes=2)
LARGE = Domain(alphabets=((0, 1, 2),) * 40, positions=(39,), classes=2)  # 3^40 does not fit an int64 product of codes


def test_a_small_domain_gives_all_that_is_not_shown() -> None:
    everything = SMALL.everything()
    found = unlabelled(SMALL, _rows(everything[[0, 3]]), 100, generator("u"))
    assert len(found) == 4
    assert _set(found) == _set(everything) - _set(everything[[0, 3]])


def test_a_large_domain_gives_distinct_inputs_of_the_domain() -> None:
    shown = LARGE.full(50, generator("shown"))
    found = unlabelled(LARGE, _rows(shown), 64, generator("u"))
    assert len(_set(found)) == len(found) == 64
    assert bool(LARGE.contains(found).all())


def test_draws_that_hit_shown_rows_are_dropped() -> None:
    domain = Domain(alphabets=((0, 1),) * 15, positions=(14,), classes=2)  # 32,768 inputs: drawn, not written out
    rng = generator("u")
    expected = torch.unique(domain.full(2 * 500, generator("u")), dim=0)
    found = unlabelled(domain, _rows(expected[::2]), 500, rng)
    assert _set(found) <= _set(expected[1::2])
    assert len(found) >= 480


def test_where_everything_is_shown_inputs_come_from_all_of_it() -> None:
    assert _set(unlabelled(SMALL, _rows(SMALL.everything()), 6, generator("u"))) == _set(SMALL.everything())


def test_the_generator_decides() -> None:
    rows = _rows(SMALL.everything()[:1])
    assert torch.equal(unlabelled(SMALL, rows, 3, generator("u")), unlabelled(SMALL, rows, 3, generator("u")))
