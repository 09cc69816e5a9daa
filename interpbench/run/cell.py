"""What runs inside a cell: read the bundle, import the plug-in, ask it, write the answer file.

The zygote imports this module and the framework once; the plug-in is imported in the forked cell alone.
"""

import importlib
import json
import os
import socket
from functools import partial
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from safetensors.torch import load, save

from interpbench.bundle.folder import read_bundle
from interpbench.bundle.outcome import Limits, Status
from interpbench.bundle.query import client
from interpbench.models.names import generator
from interpbench.plugins.discovery import import_source, source_hash
from interpbench.plugins.endpoint import KEY
from interpbench.run.isolate.job import CellStop
from interpbench.run.isolate.queries import ask
from interpbench.tracks import presented
from interpbench.tracks.context import Context
from interpbench.tracks.registry import TRACKS

ANSWER = "answer.json"
STUDY = "study.safetensors"
COUNTS = "counts.json"


def run_cell(payload: dict[str, Any], bundle: Path, answer: Path, queries: socket.socket | None) -> None:
    """Entry of every cell.

    Args:
        payload: track, mode (`answer`, `study` or `oracle`), plug-in, hyper-parameters, names of the seed, limits; with
            a network also environment variables that tell its endpoint, and the secret, the key to it.
        bundle: folder of the question, read-only.
        answer: folder for the answer.
        queries: socket to the predict proxy, at tier `behaviour`.
    """
    content = read_bundle(bundle)
    if payload["mode"] == "oracle":
        (answer / ANSWER).write_text(payload["answer"])
        return
    context = Context(
        rng=generator(*payload["seed"]),
        limits=Limits.model_validate(payload["limits"]),
        study={} if content.study is None else load(content.study),
    )
    if (
        source_hash(Path(payload["source"])) != payload["source_hash"]
    ):  # else the answer would be filed under other code
        raise CellStop(
            Status.CRASHED, "the plug-in's files changed while the run was under way; run again with --retry"
        )
    _tell_endpoint(payload)
    module = import_source(Path(payload["source"]), payload["module"])
    method = getattr(module, payload["class"])(**payload["parameters"])
    method.prepare(context)
    if payload["mode"] == "study":
        found = presented.study(method, content, context)
        (answer / STUDY).write_bytes(save({name: value.contiguous() for name, value in found.items()}))
        (answer / COUNTS).write_text(json.dumps({"models_trained": context.models_trained}))
        return
    logits = None if queries is None else client(partial(ask, queries))
    written = TRACKS[payload["track"]].within()(method, content, logits, context)
    (answer / ANSWER).write_bytes(written)


def _tell_endpoint(payload: dict[str, Any]) -> None:
    """Puts address, model and key where a plug-in finds them outside of a cell, too; the process is the cell's own."""
    if "environment" in payload:
        os.environ.update(payload["environment"])
        if "secret" in payload:
            os.environ[payload["environment"][KEY]] = payload["secret"]


def warm_up() -> None:
    """Imports and runs once what cells need, so that no cell pays for it: toolkits, the optimizer, vmap, a bridge."""
    import torch

    import interpbench.theory
    import interpbench.toolkit
    from interpbench.models.config import TransformerConfig
    from interpbench.models.data import Rows
    from interpbench.models.forward import initial, logits
    from interpbench.models.subject import Network
    from interpbench.models.train import Training, train

    for entry in TRACKS.values():
        entry.within()
    for package in (interpbench.theory, interpbench.toolkit):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if "metrics" not in found.name:  # of the judge alone, and slow to import
                importlib.import_module(found.name)
    torch.set_num_threads(1)
    config = TransformerConfig(vocabulary=3, length=2, positions=(1,), classes=2, d_model=8, n_heads=2, d_mlp=8)
    params = initial(config, torch.Generator().manual_seed(0))
    tokens = torch.tensor([[0, 1], [1, 2]])
    network = Network(config, params)
    network.activations(tokens, network.sites)

    def loss(weights: dict[str, torch.Tensor], row: torch.Tensor) -> torch.Tensor:
        return logits(config, weights, row[None]).logsumexp(-1).sum()

    torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, tokens)
    rows = Rows(tokens=tokens, labels=tokens[:, 1:] % 2)
    train(config, rows, Training(max_steps=2), torch.Generator().manual_seed(0))  # the first optimizer costs a second
