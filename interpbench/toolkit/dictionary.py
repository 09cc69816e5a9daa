"""Small sparse autoencoders: an overcomplete dictionary of features for given states, several trained at once.

A state is written as its mean plus a sparse, non-negative combination of unit vectors. Two kinds: with an L1 penalty
on the codes (Bricken et al. 2023, "Towards monosemanticity"), or with all but the k largest codes set to zero (Gao et
al. 2024, arXiv:2406.04093).

Deviations: the states are centred on their mean and divided by their root mean square length beforehand, instead of
a learned decoder bias. Training commutes with rotations of the state, since a residual stream has no preferred basis:
latents start at random mixtures of states, and Adam's second moment is one number a latent, not one a coordinate.
There is no revival of dead latents.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float
from torch import Tensor

_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How dictionaries are trained.

    Attributes:
        d_sae: latents of each dictionary.
        k: latents that may fire on a state; None for the L1 kind.
        l1: price of a code in the end, in units of the states' root mean square length; 0 for the TopK kind.
        steps: of Adam.
        batch: states a step, drawn with replacement; all of them where there are fewer.
        learning_rate: length of a step in units of a decoder direction; falls to zero over the second half.
    """

    d_sae: int
    k: int | None = None
    l1: float = 0.0
    steps: int = 250
    batch: int = 128
    learning_rate: float = 0.06

    def rate(self, step: int) -> float:
        """Learning rate at a step, counted from 0."""
        return self.learning_rate * min(1.0, 2 * (1 - step / self.steps))

    def price(self, step: int) -> float:
        """Price of a code at a step: rises over the first half, else it kills latents before they find a use."""
        return self.l1 * min(1.0, 2 * step / self.steps)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dictionaries:
    """Sparse autoencoders of equal size, stacked along the first axis.

    Attributes:
        mean: of the states, taken off before encoding and added after decoding.
        unit: root mean square length of the centred states; codes are in this unit.
        encoder: what each latent reads.
        bias: added to what it reads.
        decoder: what each latent writes; length 1.
        k: latents that may fire on a state; None if any number may.
    """

    mean: Float[Tensor, "sae 1 d_in"]
    unit: Float[Tensor, "sae 1 1"]
    encoder: Float[Tensor, "sae d_sae d_in"]
    bias: Float[Tensor, "sae d_sae 1"]
    decoder: Float[Tensor, "sae d_sae d_in"]
    k: int | None

    def codes(self, states: Float[Tensor, "sae sample d_in"]) -> Float[Tensor, "sae sample d_sae"]:
        """How strongly each latent fires on each state; never negative."""
        return _encode(self.encoder, self.bias, (states - self.mean) / self.unit, self.k)

    def decode(self, codes: Float[Tensor, "sae sample d_sae"]) -> Float[Tensor, "sae sample d_in"]:
        """The states that these codes stand for."""
        return self.mean + self.unit * (codes @ self.decoder)


def train_dictionaries(
    states: Float[Tensor, "sae sample d_in"], fitting: Fitting, rng: torch.Generator
) -> Dictionaries:
    """Trains one dictionary for each set of states; sets may be copies of each other, to see what chance does.

    Args:
        states: what is to be written sparsely.
        fitting: size, sparsity and optimiser.
        rng: draws the first directions and the batches.
    """
    mean = states.mean(dim=1, keepdim=True)
    unit = (states - mean).square().sum(dim=-1).mean(dim=1).sqrt().clamp_min(_TINY)[:, None, None]
    x = (states - mean) / unit
    count, samples = x.shape[:2]
    mixing = torch.randn(count, fitting.d_sae, samples, generator=rng).to(x.dtype)
    decoder = F.normalize(mixing @ x, dim=-1)
    encoder, bias = decoder.clone(), x.new_zeros(count, fitting.d_sae, 1)
    written = _encode(encoder, bias, x, fitting.k) @ decoder
    # many latents fire at first: the scale at which together they write the state best, else the first steps kill most
    encoder *= ((written * x).sum(dim=(1, 2)) / written.square().sum(dim=(1, 2)).clamp_min(_TINY))[:, None, None]
    learned = [encoder, bias, decoder] if fitting.k is None else [encoder, decoder]
    optimizer = _PerLatentAdam([tensor.requires_grad_() for tensor in learned])
    for step in range(fitting.steps):
        batch = x
        if fitting.batch < samples:
            batch = x[:, torch.randint(samples, (fitting.batch,), generator=rng)]
        codes = _encode(encoder, bias, batch, fitting.k)
        error = (codes @ decoder - batch).square().sum(dim=-1).mean(dim=1).sum()
        gradients = torch.autograd.grad(error + fitting.price(step) * codes.sum(dim=-1).mean(dim=1).sum(), learned)
        with torch.no_grad():
            optimizer.step(gradients, fitting.rate(step))
            decoder /= torch.linalg.vector_norm(decoder, dim=-1, keepdim=True).clamp_min(_TINY)
    return Dictionaries(
        mean=mean, unit=unit, encoder=encoder.detach(), bias=bias.detach(), decoder=decoder.detach(), k=fitting.k
    )


def explained_variance(
    states: Float[Tensor, "sae sample d_in"], reconstructed: Float[Tensor, "sae sample d_in"]
) -> Float[Tensor, " sae"]:
    """1 - squared error over squared distance from the mean; without that centring a constant would explain much."""
    error = (states - reconstructed).square().sum(dim=(1, 2))
    spread = (states - states.mean(dim=1, keepdim=True)).square().sum(dim=(1, 2))
    return 1 - error / spread.clamp_min(_TINY)


def _encode(encoder: Tensor, bias: Tensor, x: Tensor, k: int | None) -> Tensor:
    codes = F.relu(x @ encoder.mT + bias.mT)
    if k is None or k >= codes.shape[-1]:
        return codes
    top = codes.topk(k, dim=-1)
    return torch.zeros_like(codes).scatter(-1, top.indices, top.values)


class _PerLatentAdam:
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) that knows a latent's vector by its length alone.

    The second moment is that of the gradient's length over the last axis, so that turning the states turns the updates.
    """

    def __init__(self, tensors: list[Tensor], betas: tuple[float, float] = (0.9, 0.99)) -> None:
        self._tensors = tensors
        self._betas = betas
        self._steps = 0
        self._first = [torch.zeros_like(tensor) for tensor in tensors]
        self._second = [torch.zeros_like(tensor[..., :1]) for tensor in tensors]

    def step(self, gradients: tuple[Tensor, ...], rate: float) -> None:
        """Moves every latent by at most about `rate`."""
        self._steps += 1
        left, right = (1 - beta**self._steps for beta in self._betas)
        for tensor, gradient, first, second in zip(self._tensors, gradients, self._first, self._second, strict=True):
            first.lerp_(gradient, 1 - self._betas[0])
            second.lerp_(gradient.square().sum(dim=-1, keepdim=True), 1 - self._betas[1])
            tensor -= rate / left * first / ((second / right).sqrt() + _TINY)
