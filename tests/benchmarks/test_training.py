"""Training speed: answer positions alone against a plain loop over the bridge on all positions, side by side."""

from functools import cache
from typing import Any

import pytest
import torch

from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.train import Training, train
from interpbench.plugins.discovery import load_task, tasks

STEPS = Training(learning_rate=1e-2, weight_decay=2.0, max_steps=60)


@cache
def case(name: str) -> Any:
    task: Any = load_task(tasks()[f"generalization/{name}"])
    recipe = next(recipe for recipe in task.recipes("quick") if recipe.role == "generaliser")
    return recipe.config, task.rowsets(recipe).training


def plain_loop(config: Any, rows: Any) -> None:
    """The same optimiser and stop criterion over TransformerLens' bridge, logits at every position."""
    from interpbench.models.hooked import boot_bridge

    bridge = boot_bridge(config, initial(config, generator("benchmark"), 1.0))
    optimizer = torch.optim.AdamW(bridge.parameters(), lr=1e-2, betas=(0.9, 0.98), weight_decay=2.0, fused=True)
    for step in range(1, STEPS.max_steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = STEPS.rate(step)
        out = bridge(rows.tokens)[:, list(config.positions)]
        loss = torch.nn.functional.cross_entropy(out.flatten(0, 1), rows.labels.flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(bridge.parameters(), 1.0)
        optimizer.step()
        if step % 10 == 0:
            float(loss.detach())


@pytest.mark.benchmark(group="train 60 steps")
@pytest.mark.parametrize("name", ["modular_addition", "permutation_group"])
@pytest.mark.parametrize("how", ["answer positions", "bridge, all positions"])
def test_train(benchmark: Any, name: str, how: str) -> None:
    torch.set_num_threads(1)
    config, rows = case(name)
    if how == "answer positions":
        benchmark.pedantic(lambda: train(config, rows, STEPS, generator("benchmark")), rounds=5, warmup_rounds=1)
    else:
        benchmark.pedantic(lambda: plain_loop(config, rows), rounds=5, warmup_rounds=1)
