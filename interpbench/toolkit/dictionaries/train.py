"""The trainer of sparse autoencoders: several at once, each as if it were alone."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interpbench.toolkit.dictionaries.autoencoder import TINY, Autoencoders, Scale, training_codes
from interpbench.toolkit.dictionaries.firing import largest
from interpbench.toolkit.dictionaries.pursuit import pursued
from interpbench.toolkit.dictionaries.recipe import Kind, Recipe

_CHUNK = 100
"""Steps whose batches are drawn together."""
_FIRST_THRESHOLD = 0.5
"""Of JumpReLU."""
_FIRST_PRICE, _LEADING, _STRIDE = 0.05, 0.02, 0.03
"""Of L1: its price in the beginning, by how much a step its logarithm follows that of (number that fire / k), and at
most."""
_KEEP = 0.99
"""Of a running mean, a step."""
_REBORN = 0.2
"""Length of a resampled latent's encoder against the mean of the living ones (Bricken et al. 2023)."""


def train(
    rows: Float[Tensor, "sae row d_in"],
    recipe: Recipe,
    rngs: Sequence[torch.Generator],
    targets: Float[Tensor, "sae row d_out"] | None = None,
) -> Autoencoders:
    """Trains one autoencoder for each set of rows; its outcome does not depend on the others in the stack.

    The loss is the squared error over the coordinates, in units of their mean square, averaged over a batch. Decoder
    directions keep length 1: the part of a gradient along them is taken off, and they are divided by their length
    after each step. The encoder starts as the decoder's transpose, where both have the same dimensions.

    Args:
        rows: what is read; sites or data sets of equal size, or one expanded to see what chance does.
        recipe: kind, size, sparsity and optimiser.
        rngs: one for each of the stack; draws its directions, batches and resampled rows.
        targets: what is written instead of the rows: a transcoder (Dunefsky et al. 2024, arXiv:2406.11944).

    Raises:
        ValueError: another number of generators than of sets of rows; a transcoder by matching pursuit.

    References:
        Bricken et al. 2023, Towards monosemanticity; and those of `Kind`.

    Deviations: rows are centred on their mean beforehand and the encoder reads them so, instead of subtracting the
    decoder's bias; the price of kind L1 is led to the number that shall fire, as in Chanin & Garriga-Alonso 2026
    (arXiv:2602.14687); thousands of steps, where the papers take hundreds of thousands, so that a latent counts as dead
    after some hundred.
    """
    if len(rngs) != len(rows):
        raise ValueError(f"{len(rngs)} generators for {len(rows)} autoencoders")
    if targets is not None and recipe.kind is Kind.PURSUIT:
        raise ValueError("matching pursuit reads with the directions that it writes: it cannot be a transcoder")
    reads = Scale.of(rows)
    writes = reads if targets is None else Scale.of(targets)
    training = _Training(recipe, rows.shape[-1], None if targets is None else targets.shape[-1], rngs)
    xs = reads.down(rows)
    ys = None if targets is None else writes.down(targets)
    for step, chosen in enumerate(_batches(rows.shape[1], recipe, rngs)):
        x = _taken(xs, chosen)
        training.step(step, x, x if ys is None else _taken(ys, chosen))
    return training.outcome(reads, writes)


def _batches(rows: int, recipe: Recipe, rngs: Sequence[torch.Generator]) -> Iterator[Int[Tensor, "sae batch"]]:
    for start in range(0, recipe.steps, _CHUNK):
        shape = (min(_CHUNK, recipe.steps - start), recipe.batch)
        yield from torch.stack([torch.randint(rows, shape, generator=rng) for rng in rngs], dim=1)


def _taken(rows: Float[Tensor, "sae row d"], chosen: Int[Tensor, "sae batch"]) -> Float[Tensor, "sae batch d"]:
    return torch.stack([each.index_select(0, places) for each, places in zip(rows, chosen, strict=True)])


class _Training:
    """Parameters of a stack, their optimiser, and what is known about which latents still fire."""

    def __init__(self, recipe: Recipe, d_in: int, d_out: int | None, rngs: Sequence[torch.Generator]) -> None:
        self.recipe, self.rngs = recipe, rngs
        stack, width = len(rngs), recipe.width
        self.decoder = _directions(width, d_out or d_in, rngs)
        self.encoder = self.decoder.clone() if d_out is None else _directions(width, d_in, rngs)
        self.bias = torch.zeros(stack, 1, width)
        self.offset = torch.zeros(stack, 1, d_out or d_in)
        self.log_threshold = torch.full((stack, 1, width), _FIRST_THRESHOLD).log()
        self.learned = [self.decoder, self.offset]
        if recipe.kind is not Kind.PURSUIT:
            self.learned += [self.encoder, self.bias]
        if recipe.kind is Kind.JUMP_RELU:
            self.learned.append(self.log_threshold)
        for tensor in self.learned:
            tensor.requires_grad_()
        self.adam = torch.optim.Adam(self.learned, lr=recipe.learning_rate, fused=True)
        self.idle = torch.zeros(stack, width)  # steps since a latent has fired
        self.price = torch.full((stack,), _FIRST_PRICE)
        self.least = torch.zeros(stack)  # running mean of the smallest code that fires in a batch
        self.taken = 0

    def step(self, step: int, x: Float[Tensor, "sae batch d_in"], y: Float[Tensor, "sae batch d_out"]) -> None:
        """One step of Adam, and what belongs to it."""
        if self.recipe.resamples(step):
            self._resample(x, y)
        loss, codes = self._loss(x, y)
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            _across(self.decoder)
            self.adam.param_groups[0]["lr"] = self.recipe.rate(step)
            self.adam.step()
            self.decoder /= torch.linalg.vector_norm(self.decoder, dim=-1, keepdim=True).clamp_min(TINY)
            self._follow(codes)

    def _loss(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Sum over the stack, so that each gets its own gradient; and the codes."""
        recipe = self.recipe
        if recipe.kind is Kind.PURSUIT:  # whose rounds have written the row already
            codes, left = pursued(x - self.offset, self.decoder, recipe.k)
            return left.square().sum() / x.shape[1], codes.detach()
        reads = torch.baddbmm(self.bias, x, self.encoder.mT)  # (sae, batch, latent)
        codes, fires = training_codes(recipe, reads, self.log_threshold)
        written, errors = self.offset.expand_as(y), []
        sizes = [stop - start for start, stop in pairwise((0, *recipe.prefixes))]
        groups = torch.split(codes, sizes, dim=-1), torch.split(self.decoder, sizes, dim=1)
        for group, directions in zip(*groups, strict=True):
            written = torch.baddbmm(written, group, directions)
            errors.append(F.mse_loss(written, y, reduction="sum"))
        loss = torch.stack(errors).sum() / (len(errors) * x.shape[1])
        if recipe.kind is Kind.L1:
            loss = loss + (self.price * codes.sum(dim=-1).mean(dim=1)).sum()
        if fires is not None:
            count = fires.sum(dim=-1).mean(dim=1)
            loss = loss + recipe.price * y.shape[-1] * (count / recipe.k - 1).square().sum()
        if recipe.auxiliary and recipe.kind in {Kind.TOPK, Kind.BATCH_TOPK, Kind.MATRYOSHKA}:
            loss = loss + self._auxiliary(reads, y, written)
        return loss, codes.detach()

    def _auxiliary(self, reads: Tensor, y: Tensor, written: Tensor) -> Tensor | float:
        """AuxK: the dead latents that read most write what is left (Gao et al. 2024, section 2.4)."""
        if float(self.idle.max()) <= self.recipe.dead_after:
            return 0.0
        dead = (self.idle > self.recipe.dead_after)[:, None]
        left = (y - written).detach()
        codes = largest(F.relu(reads) * dead, min(y.shape[-1] // 2, self.recipe.width))
        return self.recipe.auxiliary * (left - codes @ self.decoder).square().sum() / y.shape[1]

    def _follow(self, codes: Float[Tensor, "sae batch latent"]) -> None:
        """Counts what fires; leads the price of L1."""
        self.idle.add_(1).masked_fill_(codes.amax(dim=1) > 0, 0)
        self.taken += 1
        if self.recipe.kind is Kind.L1:
            fire = (codes > 0).sum(dim=(1, 2)) / codes.shape[1]
            self.price *= (fire / self.recipe.k).pow(_LEADING).clamp(1 - _STRIDE, 1 + _STRIDE)
        if self.recipe.kind.batched:
            least = torch.where(codes > 0, codes, torch.inf).amin(dim=(1, 2)).nan_to_num(posinf=0.0)
            self.least.lerp_(least, max(1 - _KEEP, 1 / self.taken))

    def _resample(self, x: Tensor, y: Tensor) -> None:
        """Dead latents start anew at rows that are badly written (Bricken et al. 2023, appendix)."""
        dead: Bool[Tensor, "sae latent"] = self.idle > self.recipe.dead_after
        with torch.no_grad():
            codes = F.relu(torch.baddbmm(self.bias, x, self.encoder.mT))
            loss = (y - codes @ self.decoder - self.offset).square().sum(dim=-1)
            for place, rng in enumerate(self.rngs):
                count = int(dead[place].sum())
                if not count:
                    continue
                rows = torch.multinomial(loss[place].square(), count, replacement=True, generator=rng)
                alive = torch.linalg.vector_norm(self.encoder[place][~dead[place]], dim=-1)
                length = float(alive.mean()) if len(alive) else 1.0
                self.decoder[place, dead[place]] = F.normalize(y[place, rows], dim=-1)
                self.encoder[place, dead[place]] = F.normalize(x[place, rows], dim=-1) * _REBORN * length
                self.bias[place, 0, dead[place]] = 0
                for moment in ("exp_avg", "exp_avg_sq"):
                    for tensor in (self.decoder, self.encoder):
                        self.adam.state[tensor][moment][place, dead[place]] = 0
                    self.adam.state[self.bias][moment][place, 0, dead[place]] = 0
        self.idle[dead] = 0

    def outcome(self, reads: Scale, writes: Scale) -> Autoencoders:
        """What has been learned."""
        threshold = torch.zeros_like(self.bias)
        if self.recipe.kind is Kind.JUMP_RELU:
            threshold = self.log_threshold.exp()
        elif self.recipe.kind.batched:
            threshold = self.least[:, None, None].expand_as(self.bias)
        return Autoencoders(
            recipe=self.recipe, reads=reads, writes=writes, encoder=self.encoder.detach(), bias=self.bias.detach(),
            decoder=self.decoder.detach(), offset=self.offset.detach(), threshold=threshold.detach(),
        )  # fmt: skip


def _directions(width: int, d: int, rngs: Sequence[torch.Generator]) -> Float[Tensor, "sae latent d"]:
    return F.normalize(torch.stack([torch.randn(width, d, generator=rng) for rng in rngs]), dim=-1)


def _across(directions: Float[Tensor, "sae latent d"]) -> None:
    """Takes off a gradient's part along its direction, which the next division by its length would undo."""
    gradient = directions.grad
    assert gradient is not None
    gradient -= (gradient * directions).sum(dim=-1, keepdim=True) * directions
