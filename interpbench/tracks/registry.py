"""The tracks by name, light enough for listing: nothing here imports torch."""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from interpbench.tracks.track import Asks, Track


@dataclass(frozen=True, kw_only=True)
class TrackEntry:
    """Where a track is and what it is called."""

    name: str
    mixin: str
    """The class that a method derives from to enter."""
    function: str
    """What that method must define."""
    question: str
    """In one line."""

    def load(self) -> "Track":
        """The track itself."""
        module = importlib.import_module(f"interpbench.tracks.{self.name}.track")
        return cast("Track", module.TRACK)

    def within(self) -> "Asks":
        """How its question is put to a method, in a cell."""
        module = importlib.import_module(f"interpbench.tracks.{self.name}.within")
        return cast("Asks", module.answer)


TRACKS = {
    "generalization": TrackEntry(
        name="generalization",
        mixin="EntersGeneralization",
        function="model_score",
        question="Two networks get 100% on the rows that you see; which one generalises?",
    ),
    "extraction": TrackEntry(
        name="extraction",
        mixin="EntersExtraction",
        function="extract",
        question="Data came from a program, a network learnt it: write down the program.",
    ),
    "scratchpad": TrackEntry(
        name="scratchpad",
        mixin="EntersScratchpad",
        function="decides",
        question="A network states steps and then an answer: do the steps decide the answer?",
    ),
    "features": TrackEntry(
        name="features",
        mixin="EntersFeatures",
        function="codes",
        question="Activations hold variables: recover them.",
    ),
}
"""Tracks that exist so far, by name."""
