"""The worst kind: the smallest lower bound over the kinds of a track.

A mean over kinds hides a method that fails on one of them. The lower bound, not the value, is compared, so that a kind
with little data cannot look safe.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from interpbench.score.interval import Estimate


@dataclass(frozen=True, kw_only=True)
class WorstKind:
    """The kind of which least can be promised."""

    kind: str | None
    low: float | None
    """The lower confidence bound there."""
    missing: tuple[str, ...]
    """Kinds without an estimate; the worst kind may be among them, so a board prints them beside it."""
    reason: str | None = None
    """Why there is no worst kind; None if there is one."""


def worst_kind(kinds: Mapping[str, Estimate]) -> WorstKind:
    """Return the kind with the smallest lower bound; of equal ones the first by name.

    The bound is that of the kind by itself, not adjusted for having taken the smallest of several.
    """
    lows = {kind: estimate.low for kind, estimate in kinds.items() if estimate.low is not None}
    missing = tuple(sorted(set(kinds) - set(lows)))
    if not lows:
        return WorstKind(kind=None, low=None, missing=missing, reason="no kind has an estimate")
    low, kind = min((low, kind) for kind, low in lows.items())
    return WorstKind(kind=kind, low=low, missing=missing)
