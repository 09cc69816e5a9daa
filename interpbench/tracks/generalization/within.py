"""What runs in a cell of this track: the question is put to the method, and what it says is written down."""

import json
from typing import Any

from interpbench.bundle.folder import Bundle
from interpbench.tracks import presented
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization
from interpbench.tracks.presented import Ask


def answer(method: EntersGeneralization, bundle: Bundle, ask: Ask | None, ctx: Context) -> bytes:
    """Asks for the subject's score."""
    asked = presented.read(bundle, ask)
    score = method.model_score(asked.subject, asked.rows, asked.domain, ctx)
    document: dict[str, Any] = {"schema_version": 1, "models_trained": ctx.models_trained}
    if isinstance(score, NotApplicable):
        document["not_applicable"] = score.reason
    else:
        document["score"] = score if isinstance(score, float | int) else float(score)
    return json.dumps(document).encode()
