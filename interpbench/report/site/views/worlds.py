"""Worlds of track features in words and numbers: from keys, from what was asked, and from the networks' recipes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from interpbench.bundle.folder import QUESTION, TENSORS
from interpbench.bundle.strict import parse_json
from interpbench.plugins.task import Task
from interpbench.tracks.features.gain import known_before
from interpbench.tracks.features.key import FeatureKey, Kind
from interpbench.tracks.features.network import NetworkTask
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.recipe import Recipe
from interpbench.tracks.instance import Ref

WORLDS: Mapping[Kind, str] = {
    Kind.SUPERPOSITION: "Rows are sums of a few directions, of which there are more than dimensions.",
    Kind.COMPOSITIONAL: "Rows are of one kind each, with or without its two factors; no shown row has both.",
    Kind.HIERARCHY: "Rows are sums of directions, some of which (children) are in a row only with another one (their "
    "parent).",
    Kind.HYPOTHESIS: "Rows are sparse sums of directions, or members of clusters; covariance and norms do not tell.",
    Kind.CIRCULAR: "A network adds its tokens modulo a number; the sum is a place on a circle.",
    Kind.BELIEF_STATE: "A network continues the letters of a hidden process; the variables are how likely each hidden "
    "state is, given the letters so far.",
    Kind.BOARD: "A network learns which moves of a game are legal; the variables are the squares that are on, or the "
    "mover's own.",
    Kind.TRANSFER: "A network adds the last few tokens at every position; variables are labelled at some positions and "
    "asked for at others.",
    Kind.ATTENTION_FEATURES: "A network looks letters up; the variables are the letters that its heads fetch, each for "
    "one answer.",
}
NULLS: Mapping[str, str] = {
    "": "Rows have mean, covariance and norms of such a world, and directions that mean nothing.",
    "untrained": "The network is as it was drawn, untrained.",
    "shuffled": "The labels are those of other rows.",
    "unused": "The network was trained, and has no use for these variables.",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a question holds beside its key; what is not at hand is None or empty.

    Attributes:
        d: dimensions of a row.
        shown: rows.
        labelled: of them.
        site: hook at which activations are read, and the token.
        names: of the variables.
        null: how a null is one.
    """

    d: int | None = None
    shown: int | None = None
    labelled: int = 0
    site: str = ""
    names: tuple[str, ...] = ()
    null: str = ""


def asked(task: Task, unit: str, folder: Path | None) -> Asked:
    """What is known of a question.

    Args:
        task: with its manifest, where it has networks.
        unit: the world.
        folder: of its bundle, if there is one.
    """
    names: tuple[str, ...] = ()
    null = ""
    if isinstance(task, NetworkTask) and unit in task.manifest.models:
        recipe = Recipe.model_validate(task.manifest.models[unit].recipe)
        names, null = task.variables(recipe), recipe.null
    if folder is None:
        return Asked(names=names, null=null)
    question = parse_json((folder / QUESTION).read_bytes(), QUESTION)
    with safe_open(folder / TENSORS, "pt") as tensors:
        (shown, d), (labelled, _) = (tensors.get_slice(name).get_shape() for name in ("shown", "labels"))
    site, at = question["site"] or "", question["position"]
    return Asked(
        d=d or None,
        shown=shown,
        labelled=labelled,
        site=site and f"{site}, {'several tokens' if at is None else f'token {at}'}",
        names=names or tuple(question["variables"]),
        null=null,
    )


def kind_of(ref: Ref) -> Kind | None:
    """What the worlds of a task are, nulls among them; None of tasks that go by another name."""
    name = ref.task.rpartition("/")[2]
    return Kind(name) if name in WORLDS else None


def facts(key: FeatureKey, of: Asked) -> list[tuple[str, str]]:
    """Names and values, in the order in which they are read."""
    found = [("dimensions", f"{of.d:,}")] if of.d else []
    if key.wants is Wants.CODES and key.planted:
        found.append(("variables", f"{key.planted:,}"))
        if key.present:
            counts = [len(row) for row in key.on]
            found.append(("on in a row", f"{np.mean(counts):.1f} (at most {max(counts)})"))
    if key.wants is Wants.PREDICTIONS:
        found.append(("variables", ", ".join(of.names) or str(len(key.truths[0]) if key.truths else 0)))
    if of.site:
        found.append(("read at", of.site))
    if of.shown:
        found.append(("rows shown", f"{of.shown:,}" + (f", {of.labelled:,} with labels" if of.labelled else "")))
    found.append(("rows asked about", f"{key.asked:,}"))
    if key.wants is Wants.CODES:
        found.append(("latents allowed", f"{key.size:,}, {key.active} a row"))
    if key.present and key.wants is Wants.CODES:
        found.append(("random dictionaries reach", f"{key.floor:.2f}"))
    if key.present and key.wants is Wants.PREDICTIONS:
        found.append(("R² of a ridge regression", f"{key.ceiling:.2f}; on an untrained twin {key.untrained:.2f}"))
        found.append(("score (recovered)", _relative(key)))
    return found


def _relative(key: FeatureKey) -> str:
    """What a score of predictions is a share of: 1 can stand beside a low R²."""
    known = known_before(key.untrained)
    over = "the untrained twin" if known else "a constant"
    return (
        f"no R², but what an answer gains over {over} as a share of what that regression gains: "
        f"(R² - {known:.2f}) / ({key.ceiling:.2f} - {known:.2f}), between -1 and 1"
    )
