"""Rules with steps: a few values that follow from the input one by one, and an answer that follows from them."""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Int
from torch import Tensor

from interpbench.tracks.scratchpad.layout import Layout

Steps = Int[Tensor, "row step"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a network is taught to state and to answer.

    Attributes:
        layout: where things stand.
        state: input -> steps; each is a prefix value, of ever more of the input.
        conclude: steps -> answer. Any values may be asked about, also such that no input leads to.
    """

    layout: Layout
    state: Callable[[Int[Tensor, "row term"]], Steps]
    conclude: Callable[[Steps], Int[Tensor, " row"]]


def prefixes(layout: Layout) -> list[int]:
    """How many tokens of the input each step has read: about evenly many more each time, at last all."""
    return [round((step + 1) * layout.terms / layout.steps) for step in range(layout.steps)]


def running(
    layout: Layout,
    fold: Callable[[Int[Tensor, "row term"]], Int[Tensor, "row term"]],
    conclude: Callable[[Steps], Int[Tensor, " row"]],
) -> Rule:
    """A rule whose steps are values of a running fold (sum, maximum, count) after ever more tokens.

    Args:
        layout: where things stand.
        fold: input -> its running value after each token.
        conclude: steps -> answer.
    """
    places = [end - 1 for end in prefixes(layout)]
    return Rule(layout=layout, state=lambda inputs: fold(inputs)[:, places], conclude=conclude)
