"""Sparse autoencoders and transcoders of equal size, stacked along the first axis."""

from dataclasses import dataclass, replace

import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.dictionaries.firing import jump, largest, largest_of_batch, largest_quickly
from interpbench.toolkit.dictionaries.pursuit import matching_pursuit
from interpbench.toolkit.dictionaries.recipe import Kind, Recipe

TINY = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Scale:
    """What is taken off rows, and what they are divided by: one number, so that no direction counts more.

    Attributes:
        mean: of the rows.
        unit: root mean square of a coordinate of the centred rows.
    """

    mean: Float[Tensor, "sae 1 d"]
    unit: Float[Tensor, "sae 1 1"]

    @staticmethod
    def of(rows: Float[Tensor, "sae row d"]) -> "Scale":
        """Measured on rows."""
        mean = rows.mean(dim=1, keepdim=True)
        return Scale(mean=mean, unit=(rows - mean).square().mean(dim=(1, 2), keepdim=True).sqrt().clamp_min(TINY))

    def down(self, rows: Tensor) -> Tensor:
        """To mean zero and unit one."""
        return (rows - self.mean) / self.unit

    def up(self, rows: Tensor) -> Tensor:
        """Back."""
        return self.mean + self.unit * rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Autoencoders:
    """A stack of trained autoencoders, or of transcoders: those read one state and write another.

    Attributes:
        recipe: how they were trained.
        reads, writes: scales of what they read and write; the same but for transcoders.
        encoder: what each latent reads.
        bias: added to what it reads.
        decoder: what each latent writes; of length 1, in units of `writes`.
        offset: what is written when nothing fires.
        threshold: a code below it does not fire (JumpReLU, and the batched kinds on rows that come alone).
    """

    recipe: Recipe
    reads: Scale
    writes: Scale
    encoder: Float[Tensor, "sae latent d_in"]
    bias: Float[Tensor, "sae 1 latent"]
    decoder: Float[Tensor, "sae latent d_out"]
    offset: Float[Tensor, "sae 1 d_out"]
    threshold: Float[Tensor, "sae 1 latent"]

    def __len__(self) -> int:
        return len(self.encoder)

    def __getitem__(self, place: int) -> "Autoencoders":
        """A stack of the one at a place."""
        cut = slice(place, place + 1) if place != -1 else slice(-1, None)
        names = ("encoder", "bias", "decoder", "offset", "threshold")
        return replace(
            self,
            reads=Scale(mean=self.reads.mean[cut], unit=self.reads.unit[cut]),
            writes=Scale(mean=self.writes.mean[cut], unit=self.writes.unit[cut]),
            **{name: getattr(self, name)[cut] for name in names},
        )

    def codes(self, rows: Float[Tensor, "sae row d_in"], most: int | None = None) -> Float[Tensor, "sae row latent"]:
        """How strongly each latent fires on each row, by the kind's own rule; never negative.

        Args:
            rows: held-out rows; one set for each of the stack, or `(1, row, d_in)` for all.
            most: latents that may fire on a row: those with the largest codes after the kind's own rule.
        """
        x = self.reads.down(rows)
        if self.recipe.kind is Kind.PURSUIT:
            codes = matching_pursuit(x - self.offset, self.decoder, self.recipe.k)
        else:
            codes = F.relu(x @ self.encoder.mT + self.bias)
            codes = codes * (codes > self.threshold)
            if self.recipe.kind is Kind.TOPK:
                codes = largest(codes, self.recipe.k)
        return codes if most is None else largest(codes, most)

    def decode(self, codes: Float[Tensor, "sae row latent"]) -> Float[Tensor, "sae row d_out"]:
        """The states that these codes stand for."""
        return self.writes.up(codes @ self.decoder + self.offset)


def training_codes(
    recipe: Recipe, reads: Float[Tensor, "sae row latent"], log_threshold: Float[Tensor, "sae 1 latent"]
) -> tuple[Float[Tensor, "sae row latent"], Float[Tensor, "sae row latent"] | None]:
    """Codes of a batch in training; beside them, for JumpReLU, what fires, with its pseudo-derivative."""
    match recipe.kind:
        case Kind.JUMP_RELU:
            return jump(reads, log_threshold.exp(), recipe.bandwidth)
        case Kind.TOPK:
            return largest_quickly(F.relu(reads), recipe.k), None
        case Kind.BATCH_TOPK | Kind.MATRYOSHKA:
            return largest_of_batch(F.relu(reads), recipe.k), None
        case _:
            return F.relu(reads), None
