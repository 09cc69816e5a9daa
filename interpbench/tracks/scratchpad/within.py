"""What runs in a cell of this track: the question is put to the method, and what it says is written down."""

import json
from typing import Any

import torch

from interpbench.bundle.folder import Bundle
from interpbench.tracks import presented
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.presented import Ask
from interpbench.tracks.scratchpad.enter import EntersScratchpad
from interpbench.tracks.scratchpad.layout import Layout


def answer(method: EntersScratchpad, bundle: Bundle, ask: Ask | None, ctx: Context) -> bytes:
    """Asks for probabilities."""
    asked, question = presented.read(bundle, ask), bundle.question
    found = method.decides(
        asked.subject,
        asked.rows,
        torch.tensor(question["asked"], dtype=torch.int64),
        Layout(**question["layout"]),
        int(question["budget"]),
        ctx,
    )
    document: dict[str, Any] = {"schema_version": 1, "models_trained": ctx.models_trained}
    if isinstance(found, NotApplicable):
        document["not_applicable"] = found.reason
    else:
        document |= {
            "subject": float(found.subject),
            "inputs": [float(value) for value in found.inputs],
            "p_present": float(found.p_present),
        }
    return json.dumps(document).encode()
