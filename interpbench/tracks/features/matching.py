"""How well codes recover planted variables: correlations, matched one to one, both ways.

Every planted variable and every latent that fires is one party. Matched pairs count with their correlation, parties
without a partner with 0, so that a variable that is missed and a latent that stands for nothing cost the same: the
score 2 S / (planted + firing), S the sum over matched pairs, is the harmonic mean of the mean over planted variables
and the mean over firing latents. An arithmetic mean would let a method buy one of the two with the other.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.optimize import linear_sum_assignment

Codes = Float[np.ndarray, "row latent"]
Planted = Float[np.ndarray, "row variable"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Match:
    """Pairs of variables and latents.

    Attributes:
        variables: of each pair.
        latents: of each pair.
        correlations: of each pair, without sign.
        parties: variables that could have been matched, and latents that fire.
    """

    variables: Int[np.ndarray, " pair"]
    latents: Int[np.ndarray, " pair"]
    correlations: Float[np.ndarray, " pair"]
    parties: int

    @property
    def recovered(self) -> float:
        """2 S / (planted + firing), in [0, 1]."""
        return 2 * float(self.correlations.sum()) / self.parties if self.parties else 0.0

    def latent_of(self, variable: int) -> int | None:
        """The latent that stands for a variable, if any does."""
        found = self.latents[self.variables == variable]
        return int(found[0]) if len(found) else None


def truncated(codes: Codes, active: int) -> Codes:
    """Codes of which each row keeps the `active` largest in magnitude."""
    if active >= codes.shape[1]:
        return codes
    out = codes.copy()
    smallest = np.argsort(-np.abs(codes), axis=1, kind="stable")[:, active:]
    np.put_along_axis(out, smallest, 0.0, axis=1)
    return out


def correlations(
    planted: Planted, codes: Codes, counted: Bool[np.ndarray, "row variable"] | None = None
) -> Float[np.ndarray, "variable latent"]:
    """|Pearson correlation| of every variable with every latent; 0 where either does not vary.

    Args:
        planted: variables.
        codes: of the same rows.
        counted: rows over which each variable is compared; all if None.
    """
    mask = np.ones(planted.shape) if counted is None else counted.astype(float)
    count = np.maximum(mask.sum(axis=0), 1.0)[:, None]
    x = planted * mask
    mean_x, mean_y = x.sum(axis=0)[:, None] / count, mask.T @ codes / count
    spread_x = (x * planted).sum(axis=0)[:, None] / count - mean_x**2
    spread_y = mask.T @ codes**2 / count - mean_y**2
    together = x.T @ codes / count - mean_x * mean_y
    scale = np.sqrt(np.maximum(spread_x, 0.0) * np.maximum(spread_y, 0.0))
    varies = (spread_x > 1e-9 * (1 + mean_x**2)) & (spread_y > 1e-9 * (1e-9 + mean_y**2))
    found: np.ndarray = np.where(varies, np.abs(together) / np.where(scale > 0, scale, 1.0), 0.0)
    bounded: np.ndarray = np.minimum(found, 1.0)
    return bounded


def match(planted: Planted, codes: Codes, size: int, unseen: Bool[np.ndarray, " row"] | None = None) -> Match:
    """The one-to-one matching with the largest sum of correlations.

    Args:
        planted: variables at the asked inputs.
        codes: of the same inputs.
        size: latents that a dictionary may have; no more variables than that can be missed.
        unseen: inputs with a combination that was never shown. Where there are any, a variable is compared on them and
            on inputs where it is 0: how it is coded elsewhere could be learnt by heart.
    """
    counted = None
    if unseen is not None and unseen.any():
        counted = unseen[:, None] | (planted == 0)
        varying = ((planted != 0) & counted).any(axis=0)
    else:
        varying = planted.std(axis=0) > 0
    strength = correlations(planted, codes, counted)
    variables, latents = linear_sum_assignment(strength, maximize=True)
    pairs = strength[variables, latents]
    firing = int((codes != 0).any(axis=0).sum())
    return Match(
        variables=variables[pairs > 0],
        latents=latents[pairs > 0],
        correlations=pairs[pairs > 0],
        parties=min(int(varying.sum()), size) + firing,
    )


def firing(planted: Planted, codes: Codes, found: Match) -> float:
    """F1 of firing of matched pairs, over the same parties."""
    total = sum(
        _f1(planted[:, variable] != 0, codes[:, latent] != 0)
        for variable, latent in zip(found.variables, found.latents, strict=True)
    )
    return 2 * total / found.parties if found.parties else 0.0


@dataclass(frozen=True, kw_only=True)
class Parents:
    """What became of the variables on which others rest.

    Attributes:
        kept: mean over parents and their children of P(the parent's latent fires | the child is on) - P(it fires | the
            parent is off); 1 if it fires with the parent whatever the child, 0 for a latent that fires by chance.
        absorption: mean over parents of how much rarer their latent fires with a child than without, not below 0.
        splitting: mean over parents of the F1 that up to three more latents add to the best one, where no child is on.
    """

    kept: float
    absorption: float
    splitting: float


def parents(planted: Planted, codes: Codes, above: Int[np.ndarray, " variable"], found: Match) -> Parents:
    """How parents fare under their children.

    Args:
        planted: variables at the asked inputs.
        codes: of the same inputs.
        above: per variable, the one without which it never fires, or -1; children that never fire do not count.
        found: who stands for whom.
    """
    on, fires = planted != 0, codes != 0
    kept, absorbed, split = [], [], []
    for parent in sorted(set(above[above >= 0].tolist())):
        children = np.flatnonzero((above == parent) & on.any(axis=0))
        if not len(children):
            continue
        latent = found.latent_of(parent)
        fired = fires[:, latent] if latent is not None else np.zeros(len(on), dtype=bool)
        alone = on[:, parent] & ~on[:, children].any(axis=1)
        off = ~on[:, parent]
        under = [_share(fired, on[:, child]) for child in children]
        kept.append(np.mean(under) - _share(fired, off))
        absorbed.append(max(0.0, _share(fired, alone) - float(np.mean(under))))
        split.append(_gain(on[alone | off, parent], fires[alone | off]))
    if not kept:
        return Parents(kept=0.0, absorption=0.0, splitting=0.0)
    return Parents(kept=float(np.mean(kept)), absorption=float(np.mean(absorbed)), splitting=float(np.mean(split)))


_MORE = 3
"""Latents that may join the best one."""


def _gain(wanted: Bool[np.ndarray, " row"], fires: Bool[np.ndarray, "row latent"]) -> float:
    """F1 that a greedy union of latents adds to the best single one."""
    union, reached = np.zeros(len(wanted), dtype=bool), [0.0]
    for _ in range(1 + _MORE):
        joined = union[:, None] | fires
        f1 = 2 * (wanted @ joined.astype(float)) / np.maximum(joined.sum(axis=0) + wanted.sum(), 1)
        best = int(np.argmax(f1))
        if f1[best] <= reached[-1]:
            break
        union, reached = joined[:, best], [*reached, float(f1[best])]
    return reached[-1] - reached[min(1, len(reached) - 1)]


def _share(fired: Bool[np.ndarray, " row"], where: Bool[np.ndarray, " row"]) -> float:
    return float(fired[where].mean()) if where.any() else 0.0


def _f1(wanted: Bool[np.ndarray, " row"], fired: Bool[np.ndarray, " row"]) -> float:
    total = int(wanted.sum()) + int(fired.sum())
    return 2 * int((wanted & fired).sum()) / total if total else 0.0
