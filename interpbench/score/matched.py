"""Whether the matched split is matched, and what still decides it.

Pairs of the matched split are steered until four scalars say nothing. Whether they do is told by the interval of what
each of them scores, not by how near the two networks lie: a small difference that always has the same sign tells all.
Numbers that were not steered may still decide; they are named, and nothing is dropped for it.
"""

from collections.abc import Mapping, Sequence

from interpbench.score.interval import Estimate

LEAST_PAIRS = 60
"""Pairs without which nothing is said about the split."""
DECIDES = 0.9
"""Least max(share, 1 - share) at which a number decides."""


def gate(pairs: int, steered: Mapping[str, Estimate]) -> list[str]:
    """Why the split is not matched; empty if it is.

    Args:
        pairs: in the split.
        steered: what each of the steered scalars scores.
    """
    faults = [] if pairs >= LEAST_PAIRS else [f"{pairs} pairs, wanted {LEAST_PAIRS}"]
    for name, found in steered.items():
        if found.low is None or found.high is None:
            faults.append(f"{name}: {found.reason}")
        elif not found.low <= 0.5 <= found.high:
            faults.append(f"{name}: {100 * found.low:.0f} to {100 * found.high:.0f} does not contain 50")
    return faults


def labels(others: Mapping[str, Estimate]) -> list[str]:
    """Numbers that decide the pairs, in either direction, the most telling first.

    Args:
        others: what each of the numbers scores that were not steered.
    """
    telling: dict[str, float] = {
        name: max(found.value, 1 - found.value)
        for name, found in others.items()
        if found.value is not None and _beside_half(found)
    }
    decided: Sequence[str] = [name for name, share in telling.items() if share >= DECIDES]
    return sorted(decided, key=lambda name: (-telling[name], name))


def _beside_half(found: Estimate) -> bool:
    return found.low is not None and found.high is not None and not found.low <= 0.5 <= found.high
