"""Trains one network of a zoo again in a process of its own, and looks at it on the way."""

import socket
from pathlib import Path
from typing import Any

import torch

from interpbench.models.curve import watched
from interpbench.models.zoo import rounded, tensors_hash
from interpbench.run.training import opened

CURVE = "curve.json"


def watch_recipe(payload: dict[str, Any], bundle: Path, answer: Path, queries: socket.socket | None) -> None:
    """Entry of a cell: writes the curve of a recipe's training.

    Args:
        payload: source, module and class of the task; the recipe; the attempt that passed its gate; names of the
            figures that are kept; the salt of every seed, empty for none.
        bundle: not used; there is no question.
        answer: folder for the curve.
        queries: not used.
    """
    del bundle, queries
    task, recipe = opened(payload)

    def measure(params: dict[str, torch.Tensor]) -> dict[str, float]:
        found = task.measure(recipe, params)
        return {name: round(found[name], 4) for name in payload["figures"]}

    with watched(recipe.config, measure) as watch:
        params, _ = task.train(recipe, payload["attempt"])
    params = rounded(params)
    watch.seen[watch.taken] = measure(params)  # of what is handed out, after its way through fp16
    (answer / CURVE).write_text(watch.curve(tensors_hash(params)).model_dump_json())
