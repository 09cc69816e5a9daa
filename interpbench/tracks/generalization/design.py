"""The design of a family: pools of networks, strata of architectures, and how much of them a size uses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from interpbench.models.config import ModelConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Some networks that differ in nothing but the seed, for every split.

    Attributes:
        role: which pool they serve: the generalisers that every kind needs, or the memorisers of one kind.
        name: what the recipe is called.
        fraction: share of the orbits they train on.
        training: optimiser and stop criterion.
        random_labels: a first phase on random labels.
        poison: share of the held-out orbits that gets wrong labels.
        hidden: share of the held-out orbits that is trained on with true labels and never shown.
        wide_start: held-out orbits in the first phase, as a multiple of the shown ones.
        labels: what the shown rows teach, `planted` or `random`.
        count: networks a split.
        tries: seeds tried until the gate holds.
        checkpoints: steps at which the networks of a `run` pool are also kept; on the first split alone.
    """

    role: str
    name: str
    fraction: float
    training: Training
    random_labels: Training | None = None
    poison: float = 0.0
    hidden: float = 0.0
    wide_start: float = 0.0
    labels: str = "planted"
    count: int = 2
    tries: int = 3
    checkpoints: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """One architecture of a family with all its pools."""

    name: str
    architecture: Callable[[Domain], ModelConfig]
    pools: tuple[Pool, ...]
    rotate: bool = True
    """Whether the disguise rotates the residual stream; one stratum of the benchmark stays unrotated."""
    matched: int = 0
    """Pairs of steered copies a split, with memorisers of another recipe and as many with those on fewer rows."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much of the zoo a size uses."""

    splits: int
    per_pool: int | None = None
    """Networks a pool and split; None for all."""
    seeds: int | None = None
    """The same for pools whose networks meet each other alone: `seed`, `run` and `shortcut`."""
    matched: bool = True
    """Whether networks are steered."""


SIZES: Mapping[str, Extent] = {
    "smoke": Extent(splits=1, per_pool=1, seeds=0, matched=False),
    "quick": Extent(splits=1, per_pool=2),
    "standard": Extent(splits=1),
    "dev": Extent(splits=2),
}
