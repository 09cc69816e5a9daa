"""The largest eigenvalue of the Hessian of a loss, from Hessian-vector products alone.

Lanczos' method with full reorthogonalisation (Golub & Welsch 1969; on networks Ghorbani et al. 2019,
arXiv:1901.10159): after m products it knows the largest eigenvalue as well as power iteration does after about m^2.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def hessian_product(
    loss: Callable[[Tensor], Tensor], at: Float[Tensor, " parameter"]
) -> Callable[[Float[Tensor, " parameter"]], Float[Tensor, " parameter"]]:
    """The function v -> H v for the Hessian of `loss` at a point (Pearlmutter 1994).

    The graph of the gradient is built once and kept, so that a product costs one backward pass through it.
    """
    point = at.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(point), point, create_graph=True)

    def product(vector: Tensor) -> Tensor:
        return torch.autograd.grad(gradient, point, vector, retain_graph=True)[0].detach()

    return product


def largest_eigenvalue(
    product: Callable[[Float[Tensor, " n"]], Float[Tensor, " n"]], start: Float[Tensor, " n"], steps: int
) -> float:
    """The largest (most positive) eigenvalue of a symmetric matrix, from below.

    Args:
        product: multiplies a vector by the matrix.
        start: any vector that is not orthogonal to the eigenvector, e.g. a random one.
        steps: products at most.

    Returns:
        The largest Ritz value: never above the eigenvalue, exact once the Krylov space is exhausted.
    """
    basis = [(start / start.norm()).double()]
    diagonal: list[Tensor] = []
    beside: list[Tensor] = []
    while len(diagonal) < steps:
        image = product(basis[-1].to(start.dtype)).double()
        diagonal.append(basis[-1] @ image)
        known = torch.stack(basis)  # (step, n)
        for _ in range(2):  # twice is enough (Parlett 1998)
            image = image - known.T @ (known @ image)
        length = image.norm()
        if len(diagonal) == steps or length <= 1e-7 * torch.stack(diagonal).abs().max():
            break
        beside.append(length)
        basis.append(image / length)
    off = torch.stack(beside) if beside else torch.zeros(0).double()
    tridiagonal = torch.diag(torch.stack(diagonal)) + torch.diag(off, 1) + torch.diag(off, -1)
    return float(torch.linalg.eigvalsh(tridiagonal)[-1])
