import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpbench.models.data import Domain
from interpbench.tracks.generalization.pairing import (
    FEW_SHARE,
    NULL_DIFFERENCE,
    NULL_SHARE,
    Candidate,
    refs,
    spare,
    unit_name,
)
from interpbench.tracks.generalization.recipe import Kind, Verdict
from interpbench.tracks.generalization.steering import copies
from interpbench.tracks.instance import Ref

Build = Callable[..., Candidate]
MET = set(Kind) - {Kind.DEVELOPMENTAL}
"""What comes of networks that meet; checkpoints of runs are in `test_developmental`."""
PAIRS = MET - {Kind.NULL, Kind.GRADED}


def pool(candidate: Build, splits: int = 2, strata: Sequence[str] = ("mlp", "gru"), count: int = 4) -> list[Candidate]:
    out = []
    for stratum, split, replicate in product(strata, range(splits), range(count)):
        place = {"stratum": stratum, "split": split}
        for role in ("generaliser", "recipe", "fraction", "contaminated"):
            poison = {"poison": 1.0} if role == "contaminated" else {}
            out.append(candidate(role, replicate, **place, **poison))
        out.append(candidate("rule", replicate, labels="random", **place))
        out.append(candidate("shortcut", replicate, **place))
        out.append(candidate("shortcut", replicate, 1.0, hidden=0.5, **place))
        out.append(candidate("seed", replicate, (1.0, 0.1, 0.7, 0.3)[replicate % 4], **place))
    return [*out, *copied(out)]


def copied(trained: Sequence[Candidate], pairs: int = 2) -> list[Candidate]:
    """Steered copies that became what they should."""
    domain = Domain(alphabets=((0, 1, 2),), positions=(0,), classes=3)
    groups = sorted({one.group for one in trained})
    recipes = [copies([one.recipe for one in trained if one.group == group], pairs, domain, "x") for group in groups]
    return [
        Candidate(
            model=one.id,
            recipe=one,
            verdict=one.wanted or Verdict.BETWEEN,
            test=1.0 if one.wanted is Verdict.GENERALISER else 0.1,
            rows=100,
        )
        for one in chain(*recipes)
    ]


def meet(found: Sequence[Candidate], seed: str = "s") -> list[Ref]:
    return refs("generalization/x", seed, {one.model: one for one in found})


def kinds(found: Sequence[Ref]) -> Counter[str]:
    return Counter(ref.kind for ref in found)


def test_every_pair_is_one_generaliser_and_one_memoriser_that_differ_in_nothing_public(candidate: Build) -> None:
    by_name = {one.model: one for one in pool(candidate)}
    found = meet(list(by_name.values()))
    assert set(kinds(found)) == {kind.value for kind in MET}
    for ref in (ref for ref in found if ref.kind in PAIRS):
        first, second = (by_name[model] for _, model in ref.members)
        assert {first.verdict, second.verdict} == {Verdict.GENERALISER, Verdict.MEMORISER}
        assert [name for name, _ in ref.members] == [first.verdict.value, second.verdict.value]
        assert first.recipe.stratum == second.recipe.stratum
        assert first.recipe.split == second.recipe.split
        assert first.recipe.config == second.recipe.config
        shown = {unit.rpartition("@")[2] for unit in ref.units}
        share = FEW_SHARE if ref.kind == Kind.FEW else 1
        assert shown == {f"{share * min(first.recipe.fraction, second.recipe.fraction):g}"}
        assert [by_name[unit.rpartition("@")[0]].trained for unit in ref.units] == [first.model, second.model]
        assert ref.group == f"{first.recipe.stratum}/{first.recipe.split}/{ref.kind}"


def test_each_kind_is_what_it_says(candidate: Build) -> None:
    by_name = {one.model: one for one in pool(candidate)}
    for ref in meet(list(by_name.values())):
        recipes = {by_name[model].recipe.role: by_name[model].recipe for _, model in ref.members}
        match ref.kind:
            case Kind.RECIPE | Kind.FEW:
                assert set(recipes) == {"generaliser", "recipe"}
                assert recipes["generaliser"].fraction == recipes["recipe"].fraction
            case Kind.FRACTION:
                assert set(recipes) == {"generaliser", "fraction"}
                assert recipes["fraction"].fraction < recipes["generaliser"].fraction
                assert recipes["fraction"].training == recipes["generaliser"].training
            case Kind.SEED:
                assert set(recipes) == {"seed"}
            case Kind.CONTAMINATED:
                assert set(recipes) == {"generaliser", "contaminated"}
            case Kind.RULE:
                assert set(recipes) == {"generaliser", "rule"}
            case Kind.MATCHED:
                one, other = (by_name[unit.rpartition("@")[0]].recipe.steered for unit in ref.units)
                assert one is not None
                assert other is not None
                assert (one.source, one.partner.id) == (other.partner.id, other.source)
                assert one.signs.opposite == other.signs
                assert set(recipes) in ({"generaliser", "recipe"}, {"generaliser", "fraction"})
            case Kind.SHORTCUT:
                assert {by_name[model].recipe.hidden for _, model in ref.members} == {0.0, 0.5}


def test_counts_are_products_within_stratum_and_split(candidate: Build) -> None:
    found = kinds(meet(pool(candidate, splits=2, strata=("mlp", "gru"), count=4)))
    assert found[Kind.RECIPE] == found[Kind.FRACTION] == found[Kind.CONTAMINATED] == 4 * 16
    assert found[Kind.FEW] == found[Kind.RULE] == found[Kind.SHORTCUT] == 4 * 16
    assert found[Kind.MATCHED] == 4 * 2 * 2  # two with memorisers of another recipe, two with those on fewer rows
    assert found[Kind.SEED] == 4 * 1 * 2  # one lucky, two unlucky, one between that never meets anybody
    assert found[Kind.GRADED] == 4 * 4 * 5


def test_a_fifth_of_the_pairs_hold_nothing_and_half_of_these_generalise(candidate: Build) -> None:
    by_name = {one.model: one for one in pool(candidate, count=10)}
    found = meet(list(by_name.values()))
    counts = kinds(found)
    pairs = sum(counts[kind] for kind in PAIRS) + counts[Kind.NULL]
    assert counts[Kind.NULL] / pairs == pytest.approx(NULL_SHARE, abs=0.005)
    classes = Counter(ref.members[0][0] for ref in found if ref.kind == Kind.NULL)
    assert classes["generaliser"] == classes["memoriser"]


def test_a_null_is_two_of_a_kind_shown_the_rows_of_both(candidate: Build) -> None:
    by_name = {one.model: one for one in pool(candidate)}
    for ref in (ref for ref in meet(list(by_name.values())) if ref.kind == Kind.NULL):
        first, second = (by_name[model] for _, model in ref.members)
        assert first.model != second.model
        assert first.verdict is second.verdict is not Verdict.BETWEEN
        assert first.group == second.group
        assert first.recipe.fraction == second.recipe.fraction
        assert abs(first.test - second.test) <= NULL_DIFFERENCE
        roles = {first.recipe.role, second.recipe.role}
        assert not {"contaminated", "rule", "matched"} & roles
        if "shortcut" in roles:
            assert roles == {"shortcut"}
            assert first.recipe.hidden == second.recipe.hidden


def test_networks_too_far_apart_are_no_null(candidate: Build) -> None:
    found = [candidate("generaliser", n) for n in range(4)]
    found += [candidate("recipe", n, test=0.1 * n) for n in range(4)]
    memorisers = [ref for ref in meet(found) if ref.kind == Kind.NULL and ref.members[0][0] == "memoriser"]
    assert memorisers == []


def test_who_is_between_meets_nobody_but_is_graded(candidate: Build) -> None:
    found = meet([candidate("generaliser", 0, 0.9), candidate("recipe", 0, 0.6), candidate("recipe", 1)])
    assert kinds(found) == {Kind.GRADED: 3}


def test_every_network_is_graded_once_with_its_own_rows(candidate: Build) -> None:
    everybody = pool(candidate)
    graded = [ref for ref in meet(everybody) if ref.kind == Kind.GRADED]
    assert sorted(ref.units[0] for ref in graded) == sorted(
        unit_name(c.model, c.recipe.fraction) for c in everybody if c.recipe.role not in {"rule", "shortcut", "matched"}
    )
    assert {ref.members[0][0] for ref in graded} == {"any"}  # the class would give the answer away


def test_the_order_of_a_and_b_is_balanced_in_every_kind(candidate: Build) -> None:
    found = meet(pool(candidate, count=10))
    for kind in PAIRS:
        first = [ref.members[0][0] == "generaliser" for ref in found if ref.kind == kind]
        n = len(first)
        assert abs(sum(first) - n / 2) < 3 * (n / 4) ** 0.5, kind


def test_numbers_carry_nothing(candidate: Build) -> None:
    found = meet(pool(candidate, count=10))
    assert [ref.index for ref in found] == list(range(len(found)))
    assert len({ref.id for ref in found}) == len(found)
    assert all(re.fullmatch(r"generalization/x#\d{4}", ref.id) for ref in found)
    n = len(found)
    for kind in MET:  # the mean place of a kind is the mean place
        places = [ref.index for ref in found if ref.kind == kind]
        assert abs(sum(places) / len(places) - n / 2) < 4 * n / (12 * len(places)) ** 0.5, kind


def test_refs_follow_the_names_alone(candidate: Build) -> None:
    everybody = pool(candidate)
    first, again, other = meet(everybody), meet(everybody), meet(everybody, "another suite")
    assert first == again
    assert [ref.units for ref in first] != [ref.units for ref in other]
    without_nulls = [{frozenset(ref.units) for ref in some if ref.kind != Kind.NULL} for some in (first, other)]
    assert without_nulls[0] == without_nulls[1]


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_any_pool_gives_refs(candidate: Build, generalisers: int, memorisers: int, seeds: int) -> None:
    found = [candidate("generaliser", n) for n in range(generalisers)]
    found += [candidate("recipe", n) for n in range(memorisers)]
    found += [candidate("seed", n, float(n % 2)) for n in range(seeds)]
    counts = kinds(meet(found))
    assert counts[Kind.RECIPE] == generalisers * memorisers
    assert counts[Kind.SEED] == (seeds // 2) * ((seeds + 1) // 2)
    assert counts[Kind.GRADED] == len(found)


def test_a_copy_whose_partner_failed_meets_nobody(candidate: Build) -> None:
    trained = [candidate("generaliser"), candidate("recipe"), candidate("fraction")]
    steered = copied(trained)
    assert kinds(meet([*trained, *steered]))[Kind.MATCHED] == 2
    assert spare({one.model: one for one in [*trained, *steered]}) == set()
    for lost in steered:
        assert kinds(meet([*trained, *(one for one in steered if one is not lost)]))[Kind.MATCHED] == 1
        assert spare({one.model: one for one in [*trained, *steered] if one is not lost}) == {
            one.model for one in steered if one.recipe.sources == lost.recipe.sources[::-1]
        }
        turned = replace(lost, verdict=Verdict.BETWEEN)
        assert kinds(meet([*trained, *(turned if one is lost else one for one in steered)]))[Kind.MATCHED] == 1


def test_copies_share_the_luck_of_their_source(candidate: Build) -> None:
    trained = [candidate("generaliser")]
    trained += [candidate(role, replicate) for role in ("recipe", "fraction") for replicate in range(2)]
    found = [ref for ref in meet([*trained, *copied(trained)]) if ref.kind == Kind.MATCHED]
    drawn = {model for ref in found for _, model in ref.members}
    assert drawn == {one.model for one in trained}
    assert len({unit for ref in found for unit in ref.units}) == 2 * len(found) == 8


def test_a_fraction_pair_has_one_recipe(candidate: Build) -> None:
    found = [candidate("generaliser"), candidate("fraction", name="other", training={"weight_decay": 0.1})]
    assert kinds(meet(found))[Kind.FRACTION] == 0


def test_a_fraction_pair_has_fewer_rows_on_the_side_of_the_memoriser(candidate: Build) -> None:
    assert kinds(meet([candidate("generaliser"), candidate("fraction", fraction=0.9)]))[Kind.FRACTION] == 0


def test_a_recipe_pair_has_the_same_rows(candidate: Build) -> None:
    assert kinds(meet([candidate("generaliser"), candidate("recipe", fraction=0.4)]))[Kind.RECIPE] == 0


@pytest.mark.parametrize(("rows", "pairs"), [(79, 0), (80, 1)])
def test_a_few_pair_shows_at_least_eight_rows(candidate: Build, rows: int, pairs: int) -> None:
    found = meet([candidate("generaliser", rows=rows), candidate("recipe", rows=200)])
    assert kinds(found)[Kind.FEW] == pairs
    assert kinds(found)[Kind.RECIPE] == 1


def test_a_seed_pair_differs_in_the_seed_alone(candidate: Build) -> None:
    found = [candidate("seed", 0, 1.0, fraction=0.6), candidate("seed", 1, 0.1, fraction=0.4)]
    assert kinds(meet(found))[Kind.SEED] == 0


@pytest.mark.parametrize("n_orbits", [3, 15])
def test_a_unit_names_the_very_rows_that_its_network_was_trained_on(n_orbits: int) -> None:
    fraction = 1 / 6
    again = float(unit_name("m", fraction).rpartition("@")[2])
    assert round(again * n_orbits) == round(fraction * n_orbits)


def test_copies_meet_copies_of_other_networks_alone_where_nothing_is_to_be_found(candidate: Build) -> None:
    trained = pool(candidate, splits=1, strata=("mlp",), count=4)
    steered = copied(trained)
    by_name = {one.model: one for one in [*trained, *steered]}
    found = [ref for ref in meet([*trained, *steered]) if ref.kind == Kind.NULL]
    together = [[by_name[unit.rpartition("@")[0]] for unit in ref.units] for ref in found]
    assert any(all(one.recipe.steered for one in pair) for pair in together)
    for one, other in together:
        assert bool(one.recipe.steered) == bool(other.recipe.steered)
        assert one.trained != other.trained
