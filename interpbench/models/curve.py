"""What a network measures while it is trained, looked at from outside: its weights come out the same to the bit."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, model_validator
from torch.optim.optimizer import register_optimizer_step_post_hook

from interpbench.models.config import ModelConfig
from interpbench.models.forward import Params, initial

LOOKS = frozenset(round(part * 10**power) for power in range(6) for part in (1, 1.5, 2, 3, 5, 7))
"""Steps at which a network is looked at: six a decade."""


class Curve(BaseModel):
    """Figures along a training.

    Attributes:
        sha256: of the weights that the training ended with, as the manifest has it.
        steps: optimiser steps, counted over all phases of the training.
        measured: name -> a value for each step.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    steps: tuple[int, ...]
    measured: dict[str, tuple[float, ...]]

    @model_validator(mode="after")
    def _agree(self) -> "Curve":
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("steps do not rise")
        if any(len(values) != len(self.steps) for values in self.measured.values()):
            raise ValueError("a figure has another number of values than there are steps")
        return self


@dataclass
class Watch:
    """What has been seen so far: optimiser steps taken, and figures at some of them."""

    taken: int = 0
    seen: dict[int, Mapping[str, float]] = field(default_factory=dict)

    def curve(self, sha256: str) -> Curve:
        """All of it, for weights of this hash."""
        steps = sorted(self.seen)
        names = list(self.seen[steps[0]]) if steps else []
        measured = {name: tuple(self.seen[step][name] for step in steps) for name in names}
        return Curve(sha256=sha256, steps=tuple(steps), measured=measured)


@contextmanager
def watched(config: ModelConfig, measure: Callable[[Params], Mapping[str, float]]) -> Iterator[Watch]:
    """Inside, every training of a network of this architecture in this process is looked at, at the steps of `LOOKS`.

    The looks come after a step of the optimiser and read the parameters; they draw nothing from any generator.

    Args:
        config: of the networks trained; an optimiser of other parameters is left alone.
        measure: parameters (detached) -> figures.

    Yields:
        What is seen, filled as the training goes on.
    """
    shapes = {name: value.shape for name, value in initial(config, torch.Generator()).items()}
    watch = Watch()

    def look(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        leaves = [leaf for group in optimizer.param_groups for leaf in group["params"]]
        if [leaf.shape for leaf in leaves] != list(shapes.values()):
            return
        watch.taken += 1
        if watch.taken in LOOKS:
            with torch.no_grad():
                params = {name: leaf.detach() for name, leaf in zip(shapes, leaves, strict=True)}
                watch.seen[watch.taken] = measure(params)

    handle = register_optimizer_step_post_hook(look)
    try:
        yield watch
    finally:
        handle.remove()
