"""Matching pursuit: a row written greedily with the atoms of a given dictionary."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
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
    return pursued(rows, atoms, k, signed=signed)[0]


def pursued(
    rows: Float[Tensor, "*stack row d"], atoms: Float[Tensor, "*stack atom d"], k: int, *, signed: bool = False
) -> tuple[Float[Tensor, "*stack row atom"], Float[Tensor, "*stack row d"]]:
    """The codes of `matching_pursuit`, and what they leave of the rows."""
    best = _chosen(rows.detach(), atoms.detach(), k, signed)
    shares, left = _Taken.apply(rows, _looked_up(best, atoms), signed)  # type: ignore[no-untyped-call]
    return rows.new_zeros(*rows.shape[:-1], atoms.shape[-2]).scatter_add(-1, best, shares), left


class _Taken(torch.autograd.Function):
    """Shares that given atoms take of rows, one after the other, and what is left; with gradients by hand.

    Rounds are many small operations: written out, forward and backward take half the time of recorded ones.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, chosen: Tensor, signed: bool) -> tuple[Tensor, Tensor]:
        left, lefts, shares = rows, [], []
        for atom in chosen.unbind(dim=-2):
            lefts.append(left)
            share = (left * atom).sum(dim=-1, keepdim=True)
            shares.append(share if signed else share.clamp_min_(0))
            left = torch.addcmul(left, shares[-1], atom, value=-1)
        taken = torch.cat(shares, dim=-1)
        ctx.save_for_backward(chosen, taken, *lefts)
        ctx.signed = signed
        return taken, left

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, Tensor, None]:
        chosen, taken, *lefts = ctx.saved_tensors
        by_taken, by_left = upstream
        by_chosen = torch.empty_like(chosen)
        for place in reversed(range(len(lefts))):
            atom, share = chosen[..., place, :], taken[..., place, None]
            by_share = by_taken[..., place, None] - (by_left * atom).sum(dim=-1, keepdim=True)
            if not ctx.signed:
                by_share = by_share * (share > 0)
            torch.addcmul(by_share * lefts[place], share, by_left, value=-1, out=by_chosen[..., place, :])
            by_left = torch.addcmul(by_left, by_share, atom)
        return by_left, by_chosen, None


def _chosen(
    rows: Float[Tensor, "*stack row d"], atoms: Float[Tensor, "*stack atom d"], k: int, signed: bool
) -> Int[Tensor, "*stack row round"]:
    """The atom of each round."""
    alike = atoms @ atoms.mT  # (atom, atom)
    along = rows @ atoms.mT  # (row, atom): of what is left
    found = []
    for _ in range(k):
        best = (along.abs() if signed else along).argmax(dim=-1, keepdim=True)
        share = along.gather(-1, best)
        if not signed:
            share = share.clamp_min(0)
        along = along - share * _looked_up(best, alike).squeeze(-2)
        found.append(best)
    return torch.cat(found, dim=-1)


def _looked_up(
    places: Int[Tensor, "*stack row round"], table: Float[Tensor, "*stack atom n"]
) -> Float[Tensor, "*stack row round n"]:
    """Rows of each table of a stack; whole rows are copied, and their gradients added, at once."""
    atoms, n = table.shape[-2:]
    starts = torch.arange(0, table.shape[:-2].numel() * atoms, atoms).view(*table.shape[:-2], 1, 1)
    return F.embedding(places + starts, table.reshape(-1, n))
