"""Trains one recipe of a task in a process of its own: seeds are tried until the recipe's own verification holds."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save

from interpbench.models.names import SALT
from interpbench.models.zoo import ModelRecord, rounded, tensors_hash
from interpbench.plugins.discovery import import_source

WEIGHTS = "weights.safetensors"
RECORD = "record.json"


def train_recipe(payload: dict[str, Any], bundle: Path, answer: Path, queries: socket.socket | None) -> None:
    """Entry of a training cell: writes the weights (fp16) and their record, or why no attempt passed.

    Args:
        payload: source, module and class of the task; the recipe; files of the networks that it is made
            from, by id; the salt of every seed, empty for none.
        bundle: not used; a training cell has no question.
        answer: folder for both files.
        queries: not used.
    """
    del bundle, queries
    task, recipe = opened(payload)
    given = {name: load_file(path) for name, path in payload["given"].items()}
    task.load = lambda name: {key: value.float() for key, value in given[name].items()}
    refused = []
    for attempt in range(recipe.tries):
        params, trained = task.train(recipe, attempt)
        params = rounded(params)  # what is verified is what will be handed out
        measured = task.measure(recipe, params)
        why = task.gate(recipe, measured)
        if why is not None:
            refused.append(why)
            continue
        record = ModelRecord(
            config=recipe.config,
            sha256=tensors_hash(params),
            recipe=recipe.model_dump(mode="json"),
            trained=trained,
            attempts=attempt + 1,
            measured={name: round(value, 9) for name, value in measured.items()},
        )
        (answer / WEIGHTS).write_bytes(save({name: value.half().contiguous() for name, value in params.items()}))
        (answer / RECORD).write_text(json.dumps({"record": record.model_dump(mode="json"), "refused": refused}))
        return
    (answer / RECORD).write_text(json.dumps({"record": None, "refused": refused}))


def opened(payload: dict[str, Any]) -> tuple[Any, Any]:
    """The task of a training cell, and its recipe."""
    torch.set_num_threads(1)
    if payload["salt"]:  # before the task is imported: what it draws follows from it
        os.environ[SALT] = payload["salt"]
    task = getattr(import_source(Path(payload["source"]), payload["module"]), payload["class"])()
    return task, task.read_recipe(payload["recipe"])
