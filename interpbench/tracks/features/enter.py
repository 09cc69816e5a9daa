"""What a method may define to enter this track: one of three functions, or several."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.question import World


@dataclass(frozen=True, kw_only=True)
class Codes:
    """A sparse code of each asked input.

    Attributes:
        indices: latents that fire at each asked input, 0 ... size - 1, none twice.
        values: how strongly, in the same order; a latent that is not named is at 0.
        p_present: P(the activations hold planted variables).
    """

    indices: list[list[int]]
    values: list[list[float]]
    p_present: float = 1.0

    @staticmethod
    def of(dense: Float[Tensor, "asked latent"], active: int, p_present: float = 1.0) -> "Codes":
        """Keeps the `active` codes of each input that are largest in magnitude, and of them those that are not 0."""
        places = dense.abs().topk(min(active, dense.shape[1]), dim=1).indices
        kept = dense.gather(1, places)
        indices = [
            [i for i, v in zip(*row, strict=True) if v] for row in zip(places.tolist(), kept.tolist(), strict=True)
        ]
        values = [[float(f"{v:.6g}") for v in row if v] for row in kept.tolist()]
        return Codes(indices=indices, values=values, p_present=p_present)


@dataclass(frozen=True, kw_only=True, eq=False)
class Predicted:
    """Values of the labelled variables.

    Attributes:
        values: at each asked input, (asked, variable).
        p_present: P(training put the variables into the activations).
    """

    values: Float[Tensor, "asked v"]
    p_present: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Superposed:
    """What the activations are made of.

    Attributes:
        probability: P(sparse sums of directions), against P(members of clusters).
        p_present: P(either of the two), against activations without structure.
    """

    probability: float
    p_present: float = 1.0


class EntersFeatures:
    """Mixin: what do the activations hold? Define the functions for what the method can say; the others say nothing."""

    def codes(self, world: World, ctx: Context) -> Codes | NotApplicable:
        """Sparse codes of `world.asked` over at most `world.size` latents, at most `world.active` of them an input.

        They are compared with planted variables, one latent a variable, whatever its sign and scale.
        """
        del world, ctx
        return NotApplicable("it makes no dictionary")

    def predict(self, world: World, ctx: Context) -> Predicted | NotApplicable:
        """The variables whose values at the first shown rows are `world.labels`, at the asked inputs."""
        del world, ctx
        return NotApplicable("it predicts no variable")

    def superposed(self, world: World, ctx: Context) -> Superposed | NotApplicable:
        """Whether activations are sparse sums of directions, or scattered around the directions of clusters."""
        del world, ctx
        return NotApplicable("it does not tell superposition from clusters")

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """Not used on this track, where no two questions share rows."""
        del rows, domain, ctx
        return {}
