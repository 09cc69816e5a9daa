"""The trainer: full batch, stated stop criteria, only the answer positions computed, seeds from names.

AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with betas (.9, .98), a short warm-up, gradients clipped at 1.
"""

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from interpbench.models.config import ModelConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params, initial, logits


class Training(BaseModel):
    """How one network is trained; everything that its weights depend on, beside rows and seed.

    A run ends at `max_steps`, or earlier once the loss on its rows is at most `stop_loss`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_rate: float = 1e-2
    weight_decay: float = 1.0
    max_steps: int = Field(default=1000, ge=1)
    stop_loss: float = 0.0
    """Loss on the training rows at which the run ends, looked at every ten steps; 0 runs all steps."""
    init_scale: float = 1.0
    """Factor on the standard deviation of all initial weights."""
    embedding_scale: float = 1.0
    """A further factor on token and position embeddings; 3 halves the time to grokking of narrow transformers."""
    warm_up: int = Field(default=10, ge=1)
    decay: float = 0.0
    """Share of the steps, at the end, over which the learning rate falls to zero."""
    clip: float = 1.0

    def rate(self, step: int) -> float:
        """Learning rate at a step, counted from 1."""
        left = (self.max_steps - step + 1) / (self.decay * self.max_steps + 1) if self.decay else 1.0
        return self.learning_rate * min(1.0, step / self.warm_up, left)


class Trained(BaseModel):
    """What a run ended with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int
    loss: float
    seconds: float


def loss_of(config: ModelConfig, params: Params, rows: Rows) -> Tensor:
    """Mean cross-entropy over rows and answers."""
    out = logits(config, params, rows.tokens)
    return F.cross_entropy(out.flatten(0, 1), rows.labels.flatten())


def train(
    config: ModelConfig,
    rows: Rows,
    training: Training,
    rng: torch.Generator,
    start: Params | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> tuple[Params, Trained]:
    """Trains one network on all rows at once.

    Args:
        config: its architecture.
        rows: its whole training set.
        training: optimiser and stop criterion.
        rng: draws the initial parameters, unless `start` gives them.
        start: parameters to go on from (copied).
        progress: called every 100 steps with the step and the loss.

    Returns:
        The parameters, detached, and what the run ended with.
    """
    began = time.perf_counter()
    params = _fresh(config, training, rng) if start is None else {name: value.clone() for name, value in start.items()}
    leaves = [value.requires_grad_() for value in params.values()]
    optimizer = torch.optim.AdamW(
        leaves,
        lr=training.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=training.weight_decay,
        fused=True,
    )
    targets = rows.labels.flatten()
    value = float("inf")
    step = 0
    for step in range(1, training.max_steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = training.rate(step)
        loss = F.cross_entropy(logits(config, params, rows.tokens).flatten(0, 1), targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(leaves, training.clip)
        optimizer.step()
        if step % 10 == 0 or step == training.max_steps:
            value = float(loss.detach())
            if progress is not None and step % 100 == 0:
                progress(step, value)
            if 0 < value <= training.stop_loss:
                break
    finished = {name: tensor.detach() for name, tensor in params.items()}
    return finished, Trained(steps=step, loss=value, seconds=time.perf_counter() - began)


def _fresh(config: ModelConfig, training: Training, rng: torch.Generator) -> Params:
    params = initial(config, rng, training.init_scale)
    embeddings = {"tok_embed.weight", "pos.weight"}
    return {name: value * training.embedding_scale if name in embeddings else value for name, value in params.items()}
