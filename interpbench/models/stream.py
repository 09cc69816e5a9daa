"""Training on a stream: every step sees the shown rows, or some of them, and fresh ones that are never seen again."""

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812

from interpbench.models.config import ModelConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params, initial, logits
from interpbench.models.train import Trained, Training

LOOK = 50
"""Steps over which the loss is averaged before it is compared with `Training.stop_loss`."""


def train_on_stream(
    config: ModelConfig,
    batch: Callable[[int], Rows],
    training: Training,
    rng: torch.Generator,
    progress: Callable[[int, float], None] | None = None,
) -> tuple[Params, Trained]:
    """Trains one network on batches that are made as they are needed.

    Args:
        config: its architecture.
        batch: the rows of a step, counted from 1.
        training: optimiser and stop criterion; the loss is the mean of the last `LOOK` steps.
        rng: draws the initial parameters.
        progress: called every 100 steps with the step and the loss.

    Returns:
        The parameters, detached, and what the run ended with.
    """
    began = time.perf_counter()
    params = initial(config, rng, training.init_scale)
    leaves = [value.requires_grad_() for value in params.values()]
    optimizer = torch.optim.AdamW(
        leaves, lr=training.learning_rate, betas=(0.9, 0.98), weight_decay=training.weight_decay, fused=True
    )
    total, value = torch.zeros(()), float("inf")
    step = 0
    for step in range(1, training.max_steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = training.rate(step)
        rows = batch(step)
        loss = F.cross_entropy(logits(config, params, rows.tokens).flatten(0, 1), rows.labels.flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(leaves, training.clip)
        optimizer.step()
        total += loss.detach()
        if step % LOOK == 0:
            value, total = float(total) / LOOK, torch.zeros(())
            if progress is not None and step % 100 == 0:
                progress(step, value)
            if value <= training.stop_loss:
                break
    finished = {name: tensor.detach() for name, tensor in params.items()}
    return finished, Trained(steps=step, loss=value, seconds=time.perf_counter() - began)
