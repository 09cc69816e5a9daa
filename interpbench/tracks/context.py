"""What a method gets beside its question: a seeded generator, its limits, and a place to say things."""

import sys
from dataclasses import dataclass, field

import torch
from torch import Tensor

from interpbench.bundle.outcome import Limits
from interpbench.models.config import ModelConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params
from interpbench.models.names import generator
from interpbench.models.train import Trained, Training, train


@dataclass(kw_only=True)
class Context:
    """Given to every call of a method.

    Attributes:
        rng: seeded from the names of method and question; use nothing else for chance.
        limits: what the cell may use.
        study: what the method's own `study` found out about these rows, if it has one.
        models_trained: counted by `train`.
    """

    rng: torch.Generator
    limits: Limits = field(default_factory=Limits)
    study: dict[str, Tensor] = field(default_factory=dict)
    models_trained: int = 0

    @staticmethod
    def seeded(*names: str | int) -> "Context":
        """A context whose generator is seeded from names; for tests and notebooks."""
        return Context(rng=generator(*names))

    def log(self, message: str) -> None:
        """Leaves a line in the cell's log, which is kept with the answer."""
        print(message, file=sys.stderr, flush=True)

    def train(self, config: ModelConfig, rows: Rows, training: Training) -> tuple[Params, Trained]:
        """Trains a network with the framework's trainer, and counts it as a cost."""
        self.models_trained += 1
        return train(config, rows, training, self.rng)


@dataclass(frozen=True)
class NotApplicable:
    """What a method returns when it cannot answer, told from the question's metadata or the shown rows alone: what both
    networks of a pair share.
    """

    reason: str
