"""What runs in a cell of this track: the question is put to the method, and what it says is written down."""

import json
from typing import Any

from interpbench.bundle.folder import Bundle
from interpbench.bundle.tier import Tier
from interpbench.toolkit.circuits import passes
from interpbench.tracks import presented
from interpbench.tracks.circuits.enter import EntersCircuits
from interpbench.tracks.circuits.question import asked_in
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.presented import Ask


def answer(method: EntersCircuits, bundle: Bundle, ask: Ask | None, ctx: Context) -> bytes:
    """Asks for scores, and counts the rows that were run."""
    shown = presented.read(bundle, ask)
    meter = passes.metered(shown.subject.module) if Tier(bundle.question["tier"]).includes(Tier.WEIGHTS) else None
    found = method.carriers(shown.subject, asked_in(bundle, shown.rows), ctx)
    document: dict[str, Any] = {
        "schema_version": 1,
        "models_trained": ctx.models_trained,
        "passes": 0 if meter is None else meter.rows,
        "capped": method.capped,
    }
    if isinstance(found, NotApplicable):
        document["not_applicable"] = found.reason
    else:
        document |= {
            "nodes": found.nodes.double().tolist(),
            "edges": None if found.edges is None else found.edges.double().tolist(),
            "p_present": float(found.p_present),
        }
    return json.dumps(document).encode()
