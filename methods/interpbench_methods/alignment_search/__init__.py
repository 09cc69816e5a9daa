"""Alignment search: a variable is where exchanging activations does what exchanging the variable should do."""

from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig, TransformerConfig
from interpbench.models.subject import Network
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.toolkit.dictionaries.evidence import learned
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import EntersFeatures, Predicted
from interpbench.tracks.features.gain import ridge
from interpbench.tracks.features.question import World

from .controls import redrawn, shuffled
from .effect import dimensions
from .rest import rest
from .trial import trial

SUBSPACES = ("learnt", "random")
FEWEST = 20
"""Labelled rows below which nothing is said; a quarter of them measures exchanges."""
CARRIES = 0.5
"""Interchange accuracy between any two labelled positions from which on labels hold at a third."""


@final
class AlignmentSearch(Method, EntersFeatures):
    """A subspace holds a variable if, exchanged between two inputs, it moves the answer as the variable would.

    What the variable would do is told from labelled rows: logits as a linear function of it (`effect.Effect`). A
    subspace of the variable's dimension is learnt on three quarters of them, by gradient, so that exchanging it between
    two rows at one position has this effect and no other. Interchange accuracy on the last quarter is held against that
    of a random subspace (placebo), of the same search in an untrained network of equal scale, and of the same search
    with the labels of other rows; only what is beyond the best of the three counts for P(present). Then the variable is
    read off the coordinates inside the subspace by a ridge regression on all labelled rows.

    Rows of a position without labels are read only if exchanges between labelled positions work as well, else the
    variable's mean is said: it may be bound to its position.

    References:
        Geiger et al. 2024 (arXiv:2303.02536); Arora, Jurafsky & Potts 2024, CausalGym (arXiv:2402.12560), controls.
    """

    name = "alignment-search"
    family = Family.CAUSAL_ABSTRACTION
    tier = Tier.WEIGHTS
    version = "1.0"

    subspace: str  # a name in SUBSPACES; a random one is the placebo, with the same controls and the same reading

    def __post_init__(self) -> None:
        """Raises ValueError for a subspace that there is not, naming the nearest."""
        if self.subspace not in SUBSPACES:
            raise ValueError(f"no subspace {self.subspace!r}{nearest(self.subspace, SUBSPACES)}")

    def predict(self, world: World, ctx: Context) -> Predicted | NotApplicable:
        """The variables read inside the subspace."""
        if world.network is None or world.site is None or world.shown_tokens is None:
            return NotApplicable("no network is shown in which activations could be exchanged")
        config, params = world.network
        labels = world.labels.float()
        at = world.positions()[: len(labels)]
        reason = _refusal(config, at, labels)
        if reason:
            return NotApplicable(reason)
        tokens = world.shown_tokens[: len(labels)]
        after = rest(Network(config, params), world.site, tokens, at)
        states = world.shown[: len(labels)]
        fresh = Network(config, redrawn(config, params, ctx.rng))
        fresh_states = fresh.activations(tokens, [world.site])[world.site].flatten(2)[torch.arange(len(at)), at]
        fresh_after = rest(fresh, world.site, tokens, at)

        learnt = self.subspace == "learnt"
        real = trial(states, at, labels, after, ctx.rng, learnt=learnt)
        untrained = trial(fresh_states, at, labels, fresh_after, ctx.rng, learnt=learnt)
        arbitrary = trial(states, at, labels[shuffled(at, ctx.rng)], after, ctx.rng, learnt=learnt)
        controls = [untrained.exchanged, arbitrary.exchanged]
        if learnt:  # else it is the placebo itself
            controls.append(real.placebo)
        ctx.log(
            f"interchange accuracy {real.exchanged:.3f} of {real.basis.shape[1]} dimensions, "
            f"placebo {real.placebo:.3f}, untrained {untrained.exchanged:.3f}, "
            f"arbitrary labels {arbitrary.exchanged:.3f}; the variable decides {real.decides:.3f} of the answers"
        )
        values = ridge(states @ real.basis, labels, world.asked @ real.basis).to(labels.dtype)
        unlabelled = ~torch.isin(_asked_at(world), at)
        if unlabelled.any():
            ctx.log(f"between the two positions where it is least: {real.across}")
            if real.across is None or real.across < CARRIES:
                values[unlabelled] = labels.mean(dim=0)
        return Predicted(values=values, p_present=learned(real.exchanged, max(controls)))


def _refusal(config: ModelConfig, at: Int[Tensor, " row"], labels: Float[Tensor, "row v"]) -> str | None:
    """Why no exchange says anything about these labels, or None."""
    if not isinstance(config, TransformerConfig):
        return "activations are exchanged in transformers alone"
    if not set(at.tolist()) <= set(config.positions):
        return "the network does not answer at the positions where the variable is labelled"
    if len(labels) < FEWEST:
        return f"{len(labels)} labelled rows, wanted {FEWEST}"
    if dimensions(labels, config.classes) < 1:
        return "the labels do not vary"
    return None


def _asked_at(world: World) -> Int[Tensor, " asked"]:
    """The position of each asked row."""
    return world.asked_at if world.asked_at is not None else torch.full((len(world.asked),), world.position or 0)
