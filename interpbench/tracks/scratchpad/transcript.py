"""Letting a network write: greedy decoding of its scratchpad, and its answer to a scratchpad that is given."""

from collections.abc import Callable

from jaxtyping import Int
from torch import Tensor

from interpbench.tracks.scratchpad.layout import Layout


def write(
    predict: Callable[[Tensor], Tensor], layout: Layout, tokens: Int[Tensor, "row length"], given: int = 0
) -> tuple[Int[Tensor, "row length"], Int[Tensor, " row"]]:
    """What a network states after a prefix, step by step, and what it answers then.

    Args:
        predict: tokens -> labels at the layout's positions; it is asked once a step, and once for the answer.
        layout: where things stand.
        tokens: sequences; of their scratchpads the first `given` steps are kept.
        given: steps that are forced.

    Returns:
        Whole sequences, and the answers.
    """
    out = tokens.clone()
    out[:, layout.pad.start + given : layout.pad.stop] = layout.filler
    for step in range(given, layout.steps):
        out[:, layout.pad.start + step] = predict(out)[:, step]
    return out, predict(out)[:, -1]
