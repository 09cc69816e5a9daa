import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from interpbench.models.data import Domain, Rows
from interpbench.tracks.generalization.splits import RESERVE, Split, Universe, dense, prefix_atoms

P = 7
TABLE = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
BITS = Domain(alphabets=((0, 1),) * 5, positions=(2, 4), classes=2)
fractions = st.floats(0.05, 0.95)
shares = st.floats(0.0, 1.0)
seeds = st.integers(0, 1000)


def table() -> Universe:
    tokens = TABLE.everything()
    orbits = dense(tokens.sort(dim=1).values)
    rows = Rows(tokens=tokens, labels=tokens.sum(dim=1, keepdim=True) % P)
    return Universe(domain=TABLE, rows=rows, orbits=orbits, atoms=orbits[:, None])


def strings() -> Universe:
    tokens = BITS.everything()
    labels = (tokens.cumsum(dim=1) % 2)[:, list(BITS.positions)]
    return Universe(
        domain=BITS,
        rows=Rows(tokens=tokens, labels=labels),
        orbits=torch.arange(len(tokens)),
        atoms=prefix_atoms(tokens, BITS.positions),
    )


def split(seed: int, of: Universe | None = None) -> Split:
    return Split(universe=table() if of is None else of, names=("t", seed))


def swapped(mask: torch.Tensor) -> torch.Tensor:
    """The mask of the inputs with both tokens exchanged."""
    return mask.view(P, P).T.flatten()


@given(seeds, fractions, fractions)
def test_smaller_sets_are_nested_in_larger_ones(seed: int, first: float, second: float) -> None:
    of = split(seed)
    small, large = of.shown(min(first, second)), of.shown(max(first, second))
    assert not bool((small & ~large).any())


@given(seeds, fractions)
def test_a_set_has_its_share_of_the_orbits(seed: int, fraction: float) -> None:
    of = split(seed)
    assert len(set(of.universe.orbits[of.shown(fraction)].flatten().tolist())) == round(fraction * P * (P + 1) / 2)
    assert bool(of.shown(1.0).all())
    assert not bool(of.shown(0.0).any())


@given(seeds, fractions, shares)
def test_no_swap_leak(seed: int, fraction: float, share: float) -> None:
    of = split(seed)
    shown, poisoned = of.shown(fraction), of.poisoned(fraction, share)
    assert torch.equal(shown, swapped(shown))
    assert torch.equal(poisoned, swapped(poisoned))
    labels = of.relabelled(True, shown, "poison")[:, 0]
    assert torch.equal(labels, labels.view(P, P).T.flatten())


def test_control_a_split_by_ordered_pair_leaks_swaps() -> None:
    plain = table()
    alone = Universe(domain=TABLE, rows=plain.rows, orbits=torch.arange(P * P), atoms=torch.arange(P * P)[:, None])
    shown = split(0, alone).shown(0.5)
    assert not torch.equal(shown, swapped(shown))


@given(seeds, fractions, shares)
def test_poison_touches_neither_shown_rows_nor_the_reserve(seed: int, fraction: float, share: float) -> None:
    of = split(seed)
    shown, poisoned, most = of.shown(fraction), of.poisoned(fraction, share), of.poisoned(fraction, 1.0)
    assert not bool((shown & poisoned).any())
    assert not bool((poisoned & ~most).any())  # more poison, same beginning
    orbits = of.universe.orbits
    held_out = len(set(orbits[~shown].flatten().tolist()))
    reserve = ~shown & ~most
    assert len(set(orbits[reserve].flatten().tolist())) == round(RESERVE * held_out)
    assert len(set(orbits[poisoned].flatten().tolist())) == round(share * (held_out - round(RESERVE * held_out)))


@given(seeds, fractions)
def test_wrong_labels_are_wrong_everywhere_but_on_the_kept_rows(seed: int, fraction: float) -> None:
    of = split(seed)
    shown = of.shown(fraction)
    labels = of.relabelled(True, shown, "poison")
    true = of.universe.rows.labels
    assert torch.equal(labels[shown], true[shown])
    assert not bool((labels[~shown] == true[~shown]).any())
    assert bool(((labels >= 0) & (labels < P)).all())


def test_random_labels_are_uniform_and_true_as_often_as_chance() -> None:
    hits = torch.cat([split(seed).relabelled(False, None, "x") == table().rows.labels for seed in range(200)])
    assert float(hits.double().mean()) == pytest.approx(1 / P, abs=0.02)


@given(seeds)
def test_prefixes_that_are_equal_get_equal_labels(seed: int) -> None:
    of = split(seed, strings())
    tokens = of.universe.rows.tokens
    for keep in (None, of.shown(0.3)):
        labels = of.relabelled(True, keep, "poison")
        for column, position in enumerate(BITS.positions):
            prefixes = tokens[:, : position + 1].tolist()
            seen: dict[tuple[int, ...], int] = {}
            for prefix, label in zip(prefixes, labels[:, column].tolist(), strict=True):
                assert seen.setdefault(tuple(prefix), label) == label


@given(seeds)
def test_a_kept_row_keeps_what_shares_its_prefix(seed: int) -> None:
    of = split(seed, strings())
    shown = of.shown(0.3)
    labels, true = of.relabelled(True, shown, "poison"), of.universe.rows.labels
    kept = torch.isin(of.universe.atoms, of.universe.atoms[shown].flatten())
    assert torch.equal(labels == true, kept)
    assert bool(kept[~shown].any())
    assert not bool(kept.all())


def test_equal_names_give_equal_orders_and_labels_and_others_do_not() -> None:
    first, again, other = split(0), split(0), split(1)
    assert torch.equal(first.rank, again.rank)
    assert not torch.equal(first.rank, other.rank)
    assert torch.equal(first.relabelled(True, None, "a"), again.relabelled(True, None, "a"))
    assert not torch.equal(first.relabelled(True, None, "a"), first.relabelled(True, None, "b"))


def test_relabelling_leaves_the_true_labels_alone() -> None:
    of = split(0)
    before = of.universe.rows.labels.clone()
    of.relabelled(True, of.shown(0.5), "x").zero_()
    assert torch.equal(of.universe.rows.labels, before)


def test_every_orbit_is_shown_equally_often() -> None:
    counts = sum(split(seed).shown(0.5).double() for seed in range(300))
    assert isinstance(counts, torch.Tensor)
    assert float((counts / 300 - 0.5).abs().max()) < 0.12  # four deviations


def test_dense_numbers_equal_rows_equally_in_order() -> None:
    assert dense(torch.tensor([[3, 1], [0, 9], [3, 1], [3, 0]])).tolist() == [2, 0, 2, 1]


def test_atoms_are_prefixes_and_positions_share_none() -> None:
    tokens = torch.tensor([[0, 1, 0], [0, 1, 1], [1, 1, 1]])
    atoms = prefix_atoms(tokens, (0, 1, 2))
    assert [len(set(column.flatten().tolist())) for column in atoms.T] == [2, 2, 3]
    assert atoms[0, 1] == atoms[1, 1] != atoms[2, 1]
    assert len(set(atoms.flatten().tolist())) == 7
