"""What a method that makes dictionaries says on this track, whatever kind of dictionary it makes."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.controls import structureless
from interpbench.toolkit.dictionaries.evidence import learned, present, sparse_probe, superposed
from interpbench.toolkit.dictionary import explained_variance
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Codes, EntersFeatures, Predicted, Superposed
from interpbench.tracks.features.gain import r_squared
from interpbench.tracks.features.question import World

LATENTS = 16
"""That a variable is predicted from."""


class Coder(Protocol):
    """A dictionary that was fitted to rows."""

    def codes(self, rows: Float[Tensor, "row d"], most: int) -> Float[Tensor, "row latent"]:
        """Codes of held-out rows, at most `most` a row other than 0."""

    def decode(self, codes: Float[Tensor, "row latent"]) -> Float[Tensor, "row d"]:
        """The rows that codes stand for."""


class WithDictionary(EntersFeatures):
    """Mixin: define `fit`, and codes, predictions and probabilities follow from it.

    Every answer is held against a control, a dictionary of the same kind fitted to rows of which nothing is to be
    learnt: rows without structure where activations stand alone, an untrained network's where there is a network.
    """

    @abstractmethod
    def fit(self, sets: Sequence[Float[Tensor, "row d"]], size: int, active: int, ctx: Context) -> Sequence[Coder]:
        """One dictionary of at most `size` latents for each set of rows, all sets being of equal size.

        Args:
            sets: activations.
            size: latents.
            active: codes that will be kept at a row.
            ctx: generator.
        """

    def codes(self, world: World, ctx: Context) -> Codes | NotApplicable:
        """Codes of the asked rows; P(present) from how much better rows are explained than the control's are."""
        control = world.untrained(ctx.rng)
        if control is None:
            control = structureless(world.shown, ctx.rng)
        one, other = self.fit([world.shown, control], world.size, world.active, ctx)
        explained = [_explained(coder, rows, world.active) for coder, rows in ((one, world.shown), (other, control))]
        ctx.log(f"explained variance {explained[0]:.3f}, of the control {explained[1]:.3f}")
        return Codes.of(one.codes(world.asked, world.active), world.active, present(*explained))

    def predict(self, world: World, ctx: Context) -> Predicted | NotApplicable:
        """A regression on a few latents; P(present) from how much more it tells than on an untrained network."""
        twin = world.untrained(ctx.rng)
        if twin is None:
            return NotApplicable("no network is shown whose untrained twin could be the control")
        one, other = self.fit([world.shown, twin], world.size, world.active, ctx)
        count = len(world.labels)
        codes = one.codes(world.shown[:count], world.active)
        reached = [_reached(codes, world.labels), _reached(other.codes(twin[:count], world.active), world.labels)]
        ctx.log(f"R^2 {reached[0]:.3f}, on an untrained network {reached[1]:.3f}")
        found = sparse_probe(codes, world.labels, one.codes(world.asked, world.active), LATENTS)
        return Predicted(values=found, p_present=learned(*reached))

    def superposed(self, world: World, ctx: Context) -> Superposed | NotApplicable:
        """What several codes explain beyond one, against the same on rows without structure."""
        control = structureless(world.shown, ctx.rng)
        found = [
            [_explained(coder, rows, active) for coder, rows in zip(fitted, (world.shown, control), strict=True)]
            for active in (1, world.active)
            for fitted in [self.fit([world.shown, control], world.size, active, ctx)]
        ]
        (one, one_control), (several, several_control) = found
        ctx.log(f"explained by one code {one:.3f} (without structure {one_control:.3f}), by all {several:.3f} "
                f"({several_control:.3f})")  # fmt: skip
        return Superposed(
            probability=superposed(several - one, several_control - one_control),
            p_present=max(present(one, one_control), present(several, several_control)),
        )


def _explained(coder: Coder, rows: Float[Tensor, "row d"], active: int) -> float:
    return float(explained_variance(rows[None], coder.decode(coder.codes(rows, active))[None]))


def _reached(codes: Float[Tensor, "row latent"], labels: Float[Tensor, "row v"]) -> float:
    """R^2 on the second half of the rows of a probe that was fitted to the first."""
    half = len(labels) // 2
    found = sparse_probe(codes[:half], labels[:half], codes[half : len(labels)], LATENTS)
    return r_squared(found.double().numpy(), labels[half:].double().numpy())
