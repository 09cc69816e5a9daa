"""How the power of a matrix is spread: over the frequencies of its rows, or over directions of its own.

Both spectra see differences between rows alone (the mean row is taken out), add up to the same total, and do not change
when the columns are rotated or permuted.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def fourier_power(matrix: Float[Tensor, "token feature"]) -> Float[Tensor, " component"]:
    """Power of the rows at each non-zero frequency k = 1 ... token - 1 of the discrete Fourier transform over rows.

    Frequencies k and token - k have equal power, which is that of one real wave: half its sine, half its cosine. So the
    phase of a wave, and where the count of tokens begins, do not matter.
    """
    waves = torch.fft.fft(matrix.double(), dim=0, norm="ortho")[1:]
    power: Tensor = waves.abs().square().sum(dim=1)
    return power


def principal_power(matrix: Float[Tensor, "token feature"]) -> Float[Tensor, " component"]:
    """Power along the principal directions of the centred rows, token - 1 of them, the largest first.

    The powers in any orthonormal basis of functions of the token are averages of these (Schur & Horn), so that no basis
    is more concentrated: what `fourier_power` would be if the right basis were known. The order of rows does not
    matter.
    """
    count = len(matrix) - 1
    centred = matrix.double() - matrix.double().mean(dim=0)
    power = centred.new_zeros(count)
    values = torch.linalg.svdvals(centred)[:count]
    power[: len(values)] = values.square()
    return power


def gini(values: Float[Tensor, " n"]) -> float:
    """Gini coefficient of non-negative values: 0 if all are equal, 1 - 1/n if all but one are zero.

    References:
        Hurley & Rickard 2009, Comparing measures of sparsity (arXiv:0811.4706), who prefer it to fourteen others.

    >>> gini(torch.tensor([0.0, 0.0, 0.0, 5.0]))
    0.75
    """
    ordered = values.double().sort().values
    count, total = len(ordered), ordered.sum()
    if total <= 0:
        return 0.0
    ranks = torch.arange(1, count + 1, dtype=torch.float64)
    return float(((2 * ranks - count - 1) * ordered).sum() / (count * total))


def entropy_rank(values: Float[Tensor, " n"]) -> float:
    """exp(entropy of non-negative values divided by their sum): how many of them count, between 1 and n.

    References:
        Roy & Vetterli 2007, The effective rank: a measure of effective dimensionality (EUSIPCO).

    >>> entropy_rank(torch.tensor([2.0, 2.0, 0.0]))
    2.0
    """
    share = values.double() / values.double().sum().clamp_min(torch.finfo(torch.float64).tiny)
    return float(torch.special.entr(share).sum().exp())
