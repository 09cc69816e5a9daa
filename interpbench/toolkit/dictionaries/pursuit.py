"""Matching pursuit: a row written greedily with the atoms of a given dictionary."""

import torch
from jaxtyping import Float
from torch import Tensor


def matching_pursuit(
    rows: Float[Tensor, "*stack row d"], atoms: Float[Tensor, "*stack atom d"], k: int, *, signed: bool = False
) -> Float[Tensor, "*stack row atom"]:
    """Codes after k rounds, in each of which the atom that lies best along what is left takes its share of it.

    At most k atoms get a code; fewer where one is chosen again, or where none lies along what is left. Differentiable
    by rows and atoms, the choice being held fixed. With orthonormal atoms it finds the k largest projections.

    Args:
        rows: what is written; centre them first.
        atoms: of length 1.
        k: rounds.
        signed: whether a code may be negative.

    References: Mallat & Zhang 1993, Matching pursuits with time-frequency dictionaries.
    """
    alike = atoms @ atoms.mT  # (atom, atom)
    along = rows @ atoms.mT  # (row, atom): of what is left
    codes = torch.zeros_like(along)
    for _ in range(k):
        best = (along.abs() if signed else along).argmax(dim=-1, keepdim=True)
        share = along.gather(-1, best)
        if not signed:
            share = share.clamp_min(0)
        taken = torch.zeros_like(along).scatter(-1, best, share)
        codes = codes + taken
        along = along - taken @ alike
    return codes
