"""What runs in a cell of this track: the question is put to the method, and what it says is written down."""

import json
from typing import Any

from interpbench.bundle.folder import Bundle
from interpbench.tracks import presented
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction
from interpbench.tracks.presented import Ask


def answer(method: EntersExtraction, bundle: Bundle, ask: Ask | None, ctx: Context) -> bytes:
    """Asks for a theory."""
    asked = presented.read(bundle, ask)
    subject = asked.subject if bundle.question["network"] else None
    found = method.extract(subject, asked.rows, asked.domain, int(bundle.question["budget"]), ctx)
    document: dict[str, Any] = {"schema_version": 1, "models_trained": ctx.models_trained}
    if isinstance(found, NotApplicable):
        document["not_applicable"] = found.reason
    else:
        document |= {"theory": str(found.theory), "p_present": float(found.p_present)}
    return json.dumps(document).encode()
