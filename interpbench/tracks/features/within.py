"""What runs in a cell of this track: the method is asked what the world wants, and what it says is written down."""

import json
from typing import Any

from interpbench.bundle.folder import Bundle
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Codes, EntersFeatures, Predicted, Superposed
from interpbench.tracks.features.question import Wants, World, read
from interpbench.tracks.presented import Ask


def put(method: EntersFeatures, world: World, ctx: Context) -> Codes | Predicted | Superposed | NotApplicable:
    """Calls the function that the world wants."""
    match world.wants:
        case Wants.CODES:
            return method.codes(world, ctx)
        case Wants.PREDICTIONS:
            return method.predict(world, ctx)
        case Wants.SUPERPOSED:
            return method.superposed(world, ctx)


def answer(method: EntersFeatures, bundle: Bundle, ask: Ask | None, ctx: Context) -> bytes:
    """Asks, and writes the answer file."""
    found = put(method, read(bundle, ask), ctx)
    document: dict[str, Any] = {"schema_version": 1, "models_trained": ctx.models_trained}
    match found:
        case NotApplicable():
            document["not_applicable"] = found.reason
            return json.dumps(document).encode()
        case Codes():
            document |= {"active": found.indices, "values": found.values}
        case Predicted():
            document["predictions"] = [[float(f"{v:.6g}") for v in row] for row in found.values.tolist()]
        case Superposed():
            document["p_superposed"] = float(found.probability)
    document["p_present"] = float(found.p_present)
    return json.dumps(document).encode()
