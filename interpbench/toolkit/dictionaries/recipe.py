"""How a sparse autoencoder is trained: its kind, size, sparsity and optimiser."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What makes the codes of an autoencoder sparse."""

    L1 = "l1"
    """A price on the sum of codes (Bricken et al. 2023), led so that `k` latents fire on a row on average."""
    TOPK = "topk"
    """The `k` largest codes of a row (Gao et al. 2024, arXiv:2406.04093)."""
    BATCH_TOPK = "batch-topk"
    """The `k` x rows largest codes of a batch (Bussmann et al. 2024, arXiv:2412.06410)."""
    JUMP_RELU = "jump-relu"
    """Codes above a learned threshold (Rajamanoharan et al. 2024, arXiv:2407.14435), with that paper's penalty on the
    distance of the mean number that fire from `k`."""
    MATRYOSHKA = "matryoshka"
    """BatchTopK whose first latents must write the row by themselves (Bussmann et al. 2025, arXiv:2503.17547)."""
    PURSUIT = "pursuit"
    """Codes by `k` rounds of matching pursuit over the decoder (Costa et al. 2025, arXiv:2506.03093)."""

    @property
    def batched(self) -> bool:
        """Whether sparsity is shared out among the rows of a batch."""
        return self in {Kind.BATCH_TOPK, Kind.MATRYOSHKA}


_NESTED = (1 / 32, 3 / 32, 7 / 32, 15 / 32, 1.0)
"""Each group of latents twice as large as the one before, the last takes the rest."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One way of training autoencoders.

    Attributes:
        kind: what makes codes sparse.
        width: latents.
        k: latents that fire on a row, exactly or on average; see `Kind`.
        steps: of Adam (betas .9 and .999); none leaves random directions.
        batch: rows a step, drawn with replacement.
        learning_rate: constant, and falling to zero over the last fifth.
        bandwidth: of the straight-through estimator of JumpReLU, in units of a coordinate's root mean square.
        price: JumpReLU's price of (mean number that fire / k - 1)^2, in units of the rows' variance.
        auxiliary: price of writing what is left with latents that have not fired lately (kinds with top k; Gao et al.).
        dead_after: steps without firing after which a latent counts as dead.
        resamplings: times at which dead latents of kind L1 start anew, evenly over the first half (Bricken et al.).
    """

    kind: Kind
    width: int
    k: int
    steps: int = 3000
    batch: int = 256
    learning_rate: float = 2e-3
    bandwidth: float = 0.1
    price: float = 1.0
    auxiliary: float = 1 / 32
    dead_after: int = 100
    resamplings: int = 4

    def __post_init__(self) -> None:
        """Raises ValueError where more latents would have to fire than there are."""
        if not 0 < self.k <= self.width:
            raise ValueError(f"k is {self.k}, wanted 1 to {self.width}, the width")

    def rate(self, step: int) -> float:
        """Learning rate at a step, counted from 0."""
        return self.learning_rate * min(1.0, 5 * (1 - step / self.steps))

    @property
    def prefixes(self) -> tuple[int, ...]:
        """How many of the first latents must write a row by themselves; all of them but for the Matryoshka kind."""
        if self.kind is not Kind.MATRYOSHKA:
            return (self.width,)
        return tuple(sorted({max(1, round(share * self.width)) for share in _NESTED}))

    def resamples(self, step: int) -> bool:
        """Whether dead latents start anew before this step."""
        every = self.steps // (2 * self.resamplings) if self.resamplings else 0
        return self.kind is Kind.L1 and every > 0 and step > 0 and step % every == 0 and step <= self.steps // 2
