"""Cells to be split: a network each, or networks of two classes that meet crosswise."""

from interpbench.score.units import Member, Units


def single(families: int = 2, models: int = 20) -> Units:
    """A cell a network, each family of two kinds."""
    names = [(f"f{family}", f"m{model}") for family in range(families) for model in range(models)]
    return Units(
        family=[family for family, _ in names],
        stratum=[f"s{int(model[1:]) % 2}" for _, model in names],
        members=[(Member("plain", model),) for _, model in names],
    )


def crossed(families: int = 2, models: int = 6) -> Units:
    """Every generaliser meets every memoriser."""
    names = [(f, g, m) for f in range(families) for g in range(models) for m in range(models)]
    return Units(
        family=[f"f{f}" for f, _, _ in names],
        stratum=["s"] * len(names),
        members=[(Member("generaliser", f"g{g}"), Member("memoriser", f"m{m}")) for _, g, m in names],
    )
