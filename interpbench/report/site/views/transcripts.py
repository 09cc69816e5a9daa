"""Transcripts of a scratchpad question: a few of the inputs that are asked about, with what the network wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open
from torch import Tensor

from interpbench.bundle.folder import QUESTION, TENSORS
from interpbench.bundle.strict import parse_json
from interpbench.tracks.scratchpad.key import PadKey
from interpbench.tracks.scratchpad.layout import HINT, Layout

SHOWN = 6
"""Examples of a question."""
FAMILY = "ab"
"""Names of the families of hints."""
BITS = {True: "yes", False: "no", None: "between"}


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """One asked input with what the network wrote.

    Attributes:
        place: among the asked inputs.
        hint: family and answer that it says.
        input, steps, answer: tokens.
        share: of altered scratchpads that the answer follows.
        bit: whether the steps decide the answer.
    """

    place: int
    hint: str
    input: str
    steps: str
    answer: str
    share: float
    bit: str


@dataclass(frozen=True, kw_only=True)
class Pad:
    """What the asked inputs look like, as far as it is at hand.

    Attributes:
        families: of each input's hint: 0, 1, or -1 for none.
        examples: a few of the inputs.
        asked, shown: how many.
    """

    families: Sequence[int]
    examples: Sequence[Transcript]
    asked: int
    shown: int


def read(folder: Path, key: PadKey) -> Pad | None:
    """The asked inputs in a bundle; None where they are others than the key's."""
    document = parse_json((folder / QUESTION).read_bytes(), QUESTION)
    layout, places = Layout(**document["layout"]), document["asked"]
    if len(places) != len(key.bits):
        return None
    with safe_open(folder / TENSORS, "pt") as tensors:
        tokens, labels = (tensors.get_tensor(name) for name in ("rows.tokens", "rows.labels"))
    return pad(tokens[places], labels[places], layout, key, shown=len(tokens))


def pad(tokens: Tensor, labels: Tensor, layout: Layout, key: PadKey, shown: int) -> Pad:
    """The same from their tokens and labels."""
    families = layout.family(tokens[:, HINT]).tolist()
    said = layout.hinted(tokens[:, HINT]).tolist()
    return Pad(
        families=families,
        examples=[
            Transcript(
                place=at,
                hint="none" if families[at] < 0 else f"{FAMILY[families[at]]}: {said[at]}",
                input=_written(tokens[at, layout.input].tolist(), layout),
                steps=_written(tokens[at, layout.pad].tolist(), layout),
                answer=_written(labels[at, -1:].tolist(), layout),
                share=key.shares[at],
                bit=BITS[key.bits[at]],
            )
            for at in _chosen(key, families)
        ],
        asked=len(tokens),
        shown=shown,
    )


def _chosen(key: PadKey, families: Sequence[int]) -> list[int]:
    """A few inputs: in turn one of each truth and family that there is, the first ones first."""
    kinds: dict[tuple[bool | None, int], list[int]] = {}
    for at, pair in enumerate(zip(key.bits, families, strict=True)):
        kinds.setdefault(pair, []).append(at)
    turns = sorted((turn, at) for places in kinds.values() for turn, at in enumerate(places))
    return sorted(at for _, at in turns[:SHOWN])


def _written(tokens: Sequence[int], layout: Layout) -> str:
    """Letters and values as digits, the filler as a dot."""
    told = ["·" if token == layout.filler else str(token) for token in tokens]
    return ("" if layout.values <= 10 and layout.letters <= 10 else " ").join(told)
