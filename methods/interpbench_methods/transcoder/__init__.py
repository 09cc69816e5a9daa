"""A transcoder: sparse features of what an MLP computes, instead of what the residual stream holds."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.dictionaries import Kind, Recipe, train
from interpbench.toolkit.dictionaries.evidence import learned, sparse_probe
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Codes, EntersFeatures, Predicted
from interpbench.tracks.features.gain import r_squared
from interpbench.tracks.features.question import World
from interpbench.tracks.features.with_dictionary import LATENTS


@final
class Transcoder(Method, EntersFeatures):
    """A sparse layer that reads what the block's MLP reads and writes what it writes; its codes predict variables.

    The block is the one at whose end the activations were read. Variables are predicted as those of sparse autoencoders
    are, from the latents that correlate with them most; P(present) by the same transcoder of an untrained network.

    References: Dunefsky et al. 2024, Transcoders find interpretable LLM feature circuits (arXiv:2406.11944). Deviation:
    codes are the `active` largest (TopK), and not held down by a price.
    """

    name = "transcoder"
    family = Family.SAE
    tier = Tier.WEIGHTS
    version = "1.0"

    steps: int = 800  # of Adam
    learning_rate: float = 4e-3

    def codes(self, world: World, ctx: Context) -> Codes | NotApplicable:
        """Not given: activations of toys and of heads pass through no MLP."""
        return NotApplicable("codes are wanted of activations that no MLP has written")

    def predict(self, world: World, ctx: Context) -> Predicted | NotApplicable:
        """A regression on a few codes."""
        if world.network is None or world.shown_tokens is None or world.asked_tokens is None:
            return NotApplicable("no network is shown")
        config, params = world.network
        block, at_end, _ = (world.site or "").partition(".hook_resid_post")
        if not at_end or config.kind != "transformer":
            return NotApplicable(f"no MLP writes into {world.site}")
        read, written = f"{block}.hook_resid_mid", f"{block}.hook_mlp_out"
        network, twin = Network(config, params), Network(config, initial(config, ctx.rng))
        shown = (world.shown_tokens, world.positions())
        asked_at = (
            world.asked_at if world.asked_at is not None else torch.full((len(world.asked),), world.position or 0)
        )
        reads = [_held(each, read, *shown) for each in (network, twin)]
        writes = [_held(each, written, *shown) for each in (network, twin)]
        recipe = Recipe(kind=Kind.TOPK, width=world.size, k=world.active, steps=self.steps,
                        learning_rate=self.learning_rate)  # fmt: skip
        seed = int(torch.randint(2**31, (1,), generator=ctx.rng))
        rngs = [generator("transcoder", seed, place) for place in range(2)]
        found = train(torch.stack(reads), recipe, rngs, torch.stack(writes))
        count = len(world.labels)
        codes = found.codes(torch.stack(reads)[:, :count])
        told, twins = (_told(each, world.labels) for each in codes)
        ctx.log(f"R^2 {told:.3f}, untrained {twins:.3f}")
        asked = found[0].codes(_held(network, read, world.asked_tokens, asked_at)[None])[0]
        return Predicted(values=sparse_probe(codes[0], world.labels, asked, LATENTS), p_present=learned(told, twins))


def _held(network: Network, site: str, tokens: Tensor, at: Tensor) -> Float[Tensor, "row d"]:
    """What the network holds at a site, one position a row."""
    return network.activations(tokens, [site])[site].flatten(2)[torch.arange(len(tokens)), at]


def _told(codes: Float[Tensor, "row latent"], labels: Float[Tensor, "row v"]) -> float:
    half = len(labels) // 2
    found = sparse_probe(codes[:half], labels[:half], codes[half:], LATENTS)
    return r_squared(found.double().numpy(), labels[half:].double().numpy())
