"""Which networks meet: pairs by kind, nulls among their equals, every network once in the graded pool."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from interpbench.models.names import numpy_generator
from interpbench.tracks.generalization.recipe import Kind, Recipe, Verdict
from interpbench.tracks.instance import Ref

NULL_SHARE = 0.2
"""Share of pairs that hold nothing."""
NULL_DIFFERENCE = 0.05
"""Largest difference in test accuracy inside such a pair."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A network as pairing sees it."""

    model: str
    recipe: Recipe
    verdict: Verdict
    test: float
    """Balanced accuracy on all inputs that it did not train on."""
    rows: int
    """Shown rows that it was trained on."""

    @property
    def group(self) -> str:
        """Networks of one stratum and split share their rows."""
        return f"{self.recipe.stratum}/{self.recipe.split}"

    @property
    def trained(self) -> str:
        """The trained network that it is, or that it is a steered copy of: copies of one network share its luck."""
        return self.model if self.recipe.steered is None else self.recipe.steered.source


FEW_SHARE = 0.1
"""Share of the shown rows that a `few` question shows."""
LEAST_FEW = 8
"""Rows that it shows at least; networks trained on too few for that are in no such pair."""


def unit_name(model: str, fraction: float) -> str:
    """A network together with the share of rows that is shown with it."""
    return f"{model}@{fraction!r}"


Found = tuple[Kind, str, tuple[str, ...], tuple[tuple[str, str], ...]]
"""Kind, group, units and members of an instance."""


def refs(task: str, suite_seed: str, candidates: Mapping[str, Candidate], more: Iterable[Found] = ()) -> list[Ref]:
    """All instances of a family, in an order that carries nothing.

    The order of a and b, and of the instances, is drawn from names.

    Args:
        task: full name.
        suite_seed: what the order is drawn from.
        candidates: the networks that meet.
        more: instances of kinds that are no meeting of networks.
    """
    found = [*_pairs(candidates), *_nulls(task, suite_seed, candidates), *_graded(candidates), *more]
    rng = numpy_generator(task, suite_seed, "order")
    out = []
    for index, place in enumerate(rng.permutation(len(found))):
        kind, group, units, members = found[place]
        if len(units) == 2 and rng.random() < 0.5:
            units, members = units[::-1], members[::-1]
        out.append(
            Ref(
                task=task,
                suite_seed=suite_seed,
                index=index,
                kind=kind.value,
                units=units,
                group=group,
                members=members,
            )
        )
    return out


def _meet(kind: Kind, first: Candidate, second: Candidate) -> Found:
    shown = min(first.recipe.shown, second.recipe.shown)
    if kind is Kind.FEW:
        shown = round(FEW_SHARE * shown, 9)
    units = tuple(unit_name(one.model, shown) for one in (first, second))
    members = tuple((one.verdict.value, one.trained) for one in (first, second))
    return kind, f"{first.group}/{kind.value}", units, members


_AGAINST_GENERALISERS = {
    Kind.RECIPE: "recipe",
    Kind.FEW: "recipe",
    Kind.FRACTION: "fraction",
    Kind.CONTAMINATED: "contaminated",
    Kind.RULE: "rule",
}
"""Whom the generalisers of a stratum and split meet, by kind."""


def _pairs(candidates: Mapping[str, Candidate]) -> Iterator[Found]:
    by_group: dict[str, list[Candidate]] = {}
    for candidate in candidates.values():
        by_group.setdefault(candidate.group, []).append(candidate)
    for members in by_group.values():
        generalisers = [c for c in members if c.recipe.role == "generaliser" and c.verdict is Verdict.GENERALISER]
        for kind, role in _AGAINST_GENERALISERS.items():
            memorisers = [c for c in members if c.recipe.role == role and c.verdict is Verdict.MEMORISER]
            yield from (_meet(kind, g, m) for g, m in product(generalisers, memorisers) if _alike(kind, g, m))
        for kind in (Kind.SEED, Kind.SHORTCUT):
            both = [c for c in members if c.recipe.role == kind.value]
            good = [c for c in both if c.verdict is Verdict.GENERALISER]
            bad = [c for c in both if c.verdict is Verdict.MEMORISER]
            yield from (_meet(kind, g, m) for g, m in product(good, bad) if _alike(kind, g, m))
        yield from _steered(members)


def _steered(members: Iterable[Candidate]) -> Iterator[Found]:
    """Copies that were steered towards each other."""
    copies = {(one.steered.source, one.steered.partner.id): c for c in members if (one := c.recipe).steered}
    for (source, partner), copy in copies.items():
        other = copies.get((partner, source))
        if other and copy.verdict is Verdict.GENERALISER and other.verdict is Verdict.MEMORISER:
            yield _meet(Kind.MATCHED, copy, other)


def spare(candidates: Mapping[str, Candidate]) -> set[str]:
    """Copies without the other one of their pair."""
    met = {unit.rpartition("@")[0] for _, _, units, _ in _steered(candidates.values()) for unit in units}
    return {name for name, one in candidates.items() if one.recipe.steered} - met


def _alike(kind: Kind, generaliser: Candidate, memoriser: Candidate) -> bool:
    """Whether two networks differ in what their kind says, and in nothing else."""
    free = {
        Kind.RECIPE: {"name", "training", "random_labels", "wide_start"},
        Kind.FEW: {"name", "training", "random_labels", "wide_start"},
        Kind.RULE: {"name", "training", "labels"},
        Kind.SHORTCUT: {"name", "hidden"},
        Kind.FRACTION: {"name", "fraction"},
        Kind.SEED: set[str](),
        Kind.CONTAMINATED: {"name", "poison"},
    }[kind] | {"role", "replicate", "tries"}
    if kind is Kind.FEW and FEW_SHARE * min(generaliser.rows, memoriser.rows) < LEAST_FEW:
        return False
    first, second = (one.recipe.model_dump(exclude=free) for one in (generaliser, memoriser))
    return first == second and (kind is not Kind.FRACTION or memoriser.recipe.fraction < generaliser.recipe.fraction)


_ASIDE = {"contaminated", "rule", "shortcut", "matched"}
"""Networks that were taught something else than the shown rows, or the shown rows of another rule; and copies."""


def _taught_alike(first: Candidate, second: Candidate) -> bool:
    """Whether two networks of a verdict may stand in a pair with nothing to find."""
    if first.recipe.role == second.recipe.role == "shortcut":
        return first.recipe.hidden == second.recipe.hidden
    if first.recipe.steered and second.recipe.steered:
        return first.trained != second.trained and first.recipe.shown == second.recipe.shown
    return not {first.recipe.role, second.recipe.role} & _ASIDE


def _nulls(task: str, suite_seed: str, candidates: Mapping[str, Candidate]) -> list[Found]:
    """Pairs of the same verdict, rows and stratum; as many as make a fifth of all pairs, half of each verdict."""
    rng = numpy_generator(task, suite_seed, "nulls")
    wanted = round(NULL_SHARE / (1 - NULL_SHARE) * sum(1 for _ in _pairs(candidates)))
    out: list[Found] = []
    for verdict in (Verdict.GENERALISER, Verdict.MEMORISER):
        alike = [
            (a, b)
            for a, b in combinations(candidates.values(), 2)
            if a.verdict is b.verdict is verdict
            and a.group == b.group
            and a.recipe.fraction == b.recipe.fraction
            and abs(a.test - b.test) <= NULL_DIFFERENCE
            and _taught_alike(a, b)
        ]
        chosen = rng.permutation(len(alike))[: (wanted + 1) // 2]
        out += [_meet(Kind.NULL, *alike[place]) for place in chosen]
    return out


def _graded(candidates: Mapping[str, Candidate]) -> Iterator[Found]:
    for candidate in candidates.values():
        if candidate.recipe.role in _ASIDE - {"contaminated"}:
            continue
        unit = unit_name(candidate.model, candidate.recipe.fraction)
        yield Kind.GRADED, f"{candidate.recipe.stratum}/graded", (unit,), (("any", candidate.model),)
