"""What can be wrong with what a method gave, track by track."""

import math
from collections.abc import Iterator, Sequence

import torch

from interpbench.plugins.contract.mock import ASKED, EDGES, LATENTS, NODES
from interpbench.theory import InvalidTheory, parse
from interpbench.tracks.circuits.enter import Circuit
from interpbench.tracks.extraction.enter import Extracted
from interpbench.tracks.features.enter import Codes, Predicted, Superposed
from interpbench.tracks.scratchpad.enter import Reading


def score_faults(found: object) -> Iterator[str]:
    """Of a number a subject (generalization)."""
    if isinstance(found, bool) or not isinstance(found, float | int):
        yield f"model_score gave {type(found).__name__}, wanted a float or NotApplicable"
    elif not math.isfinite(found):
        yield f"model_score gave {found}, wanted a finite number"


def theory_faults(found: object) -> Iterator[str]:
    """Of a theory (extraction)."""
    if not isinstance(found, Extracted):
        yield f"extract gave {type(found).__name__}, wanted Extracted or NotApplicable"
        return
    if not (isinstance(found.p_present, float | int) and 0 <= found.p_present <= 1):
        yield f"p_present is {found.p_present}, wanted a probability"
    try:
        parse(found.theory)
    except InvalidTheory as error:
        yield f"its theory is none: {error}"


def reading_faults(found: object) -> Iterator[str]:
    """Of probabilities that steps decide (scratchpad)."""
    if not isinstance(found, Reading):
        yield f"decides gave {type(found).__name__}, wanted Reading or NotApplicable"
        return
    for name, value in (("subject", found.subject), ("p_present", found.p_present), *_numbered(found.inputs)):
        if isinstance(value, bool) or not (isinstance(value, float | int) and 0 <= value <= 1):
            yield f"{name} is {value}, wanted a probability"
            return
    if len(found.inputs) != ASKED:
        yield f"it answered about {len(found.inputs)} inputs, {ASKED} were asked"


def circuit_faults(found: object) -> Iterator[str]:
    """Of scores of nodes and edges (circuits)."""
    if not isinstance(found, Circuit):
        yield f"carriers gave {type(found).__name__}, wanted Circuit or NotApplicable"
        return
    if not (isinstance(found.p_present, float | int) and 0 <= found.p_present <= 1):
        yield f"p_present is {found.p_present}, wanted a probability"
    for name, scores, shape in (("nodes", found.nodes, NODES), ("edges", found.edges, EDGES)):
        if scores is not None and tuple(scores.shape) != shape:
            yield f"{name} have shape {tuple(scores.shape)}, wanted {shape}"
        elif scores is not None and not bool(torch.isfinite(scores).all()):
            yield f"{name} are not all finite"


def world_faults(found: object) -> Iterator[str]:
    """Of codes, predictions or a probability (features)."""
    if not isinstance(found, Codes | Predicted | Superposed):
        yield f"it gave {type(found).__name__}, wanted what its function says or NotApplicable"
        return
    named = [("p_present", found.p_present)]
    match found:
        case Codes():
            lengths = [len(found.indices), len(found.values)]
            if lengths != [ASKED, ASKED]:
                yield f"codes of {lengths} inputs, {ASKED} were asked"
            if any(not 0 <= latent < LATENTS for row in found.indices for latent in row):
                yield f"a latent outside of 0 ... {LATENTS - 1}"
            if any(len(set(row)) < len(row) for row in found.indices):
                yield "a latent is named twice"
            if any(not math.isfinite(value) for row in found.values for value in row):
                yield "a code is not a finite number"
        case Predicted():
            if tuple(found.values.shape) != (ASKED, 1) or not bool(torch.isfinite(found.values).all()):
                yield f"predictions are {tuple(found.values.shape)}, wanted finite ones of shape {(ASKED, 1)}"
        case Superposed():
            named.append(("probability", found.probability))
    for name, value in named:
        if isinstance(value, bool) or not (isinstance(value, float | int) and 0 <= value <= 1):
            yield f"{name} is {value}, wanted a probability"


def _numbered(values: Sequence[object]) -> Iterator[tuple[str, object]]:
    yield from ((f"inputs[{place}]", value) for place, value in enumerate(values))
