"""What runs in a cell of this track: the question is put to the method, and what it says is written down."""

import json
from typing import Any

from interpbench.bundle.folder import Bundle
from interpbench.tracks import presented
from interpbench.tracks.circuits.enter import EntersCircuits
from interpbench.tracks.circuits.question import Pairs
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.presented import Ask


def answer(method: EntersCircuits, bundle: Bundle, ask: Ask | None, ctx: Context) -> bytes:
    """Asks for scores."""
    asked, question, tensors = presented.read(bundle, ask), bundle.question, bundle.tensors
    pairs = Pairs(
        clean=asked.rows.tokens,
        corrupt=tensors["pairs.corrupt"],
        right=asked.rows.labels[:, 0],
        wrong=tensors["pairs.wrong"],
    )
    groups = tuple(tuple(tuple(group) for group in layer) for layer in question["groups"])
    found = method.carriers(asked.subject, pairs, groups, int(question["passes"]), ctx)
    document: dict[str, Any] = {"schema_version": 1, "models_trained": ctx.models_trained}
    if isinstance(found, NotApplicable):
        document["not_applicable"] = found.reason
    else:
        document |= {
            "nodes": found.nodes.double().tolist(),
            "edges": None if found.edges is None else found.edges.double().tolist(),
            "p_present": float(found.p_present),
        }
    return json.dumps(document).encode()
